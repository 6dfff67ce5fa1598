"""The identity of a running agent: what needs a large library for a moment is done by a child.

A certificate is renewed every few days. The library that this takes would
stay in the agent's memory from then on.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from farmsight_agent.contexts.protocol import ChildRequest
from farmsight_agent.contexts.runner import ContextRunner, own_account
from farmsight_agent.identity import IdentityError, IdentityStore
from farmsight_agent.outcome import NotObservedError, UnavailableError
from farmsight_wire.v1 import enrolment_pb2


class RunningIdentity(IdentityStore):
    """An IdentityStore whose key is used, and whose certificate is replaced, by a child of the same account."""

    def __init__(self, state_dir: Path, contexts: ContextRunner) -> None:
        """Look at STATE_DIR/identity; `contexts` runs the children."""
        super().__init__(state_dir)
        self._state_dir = state_dir
        self._contexts = contexts

    def signed_csr(self) -> tuple[bytes, bytes]:
        """Return a certificate signing request and the signature of it; raises IdentityError."""
        try:
            result = self._asked([])
            return base64.b64decode(result["csr"]), base64.b64decode(result["signature"])
        except UnavailableError:  # no children on this platform
            return super().signed_csr()

    def bootstrap(self) -> tuple[bytes, bytes]:
        """Return a key and a certificate as PEM that open the collector's port; raises IdentityError."""
        try:
            key, certificate = self._asked([])["bootstrap"]
            return key.encode(), certificate.encode()
        except UnavailableError:  # no children on this platform
            return super().bootstrap()

    def accept(self, identity: enrolment_pb2.Identity, *, ca_sha256: bytes | None = None) -> None:
        """Have a new certificate chain checked and written; raises IdentityError."""
        if ca_sha256 is not None:
            return super().accept(identity, ca_sha256=ca_sha256)
        try:
            self._asked([base64.b64encode(der).decode() for der in identity.chain_der] or [""])
        except UnavailableError:
            super().accept(identity)
        return None

    def _asked(self, chain: list[str]) -> Mapping[str, Any]:
        payload = {"state_dir": str(self._state_dir.absolute()), "chain": chain}
        try:
            answer = self._contexts.run(own_account(), ChildRequest(op="identity", payload=payload, deadline_s=30.0))
        except UnavailableError:
            raise
        except NotObservedError as error:
            raise IdentityError(f"the key in {self.folder} could not be used: {error}") from error
        if "error" in answer.result:
            raise IdentityError(answer.result["error"])
        return answer.result
