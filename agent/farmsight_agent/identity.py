"""Who this agent is: a key that never leaves the server, and the certificate for it.

Everything lies in one folder of the state directory; a new identity is
written beside the old one and put in its place file by file, the certificate
last, so that a crash in between leaves a pair that belongs together (the key
is made once and stays).
"""

import base64
import binascii
import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from farmsight_agent.normalise import certificate_summary
from farmsight_agent.private_files import private_folder, write_private
from farmsight_agent.retrieve.sniff import pem_to_der
from farmsight_wire.v1 import enrolment_pb2

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

SERVER_NAME: Final = "collector.farmsight"
_PREFIX: Final = "fs1."


class IdentityError(Exception):
    """The identity can't be made or used; the text says which file or field, why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class JoinToken:
    """A one-use token, and the SHA-256 of the CA certificate that the collector must show."""

    text: str
    ca_sha256: bytes

    @classmethod
    def parse(cls, text: str) -> "JoinToken":
        """Read `fs1.` + base64url(8 bytes id, 16 bytes secret, 32 bytes CA SHA-256); raises IdentityError."""
        text = text.strip()
        if not text.startswith(_PREFIX):
            raise IdentityError("the token does not begin with 'fs1.'; take the whole line that `token create` printed")
        body = text.removeprefix(_PREFIX)
        try:
            data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise IdentityError(f"the token is damaged ({error}); copy it again") from error
        if len(data) != 56:
            raise IdentityError(f"the token holds {len(data)} bytes where 56 are due; a part of it is missing")
        return cls(text=text, ca_sha256=data[24:])


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What the collector said this agent is."""

    agent_id: str
    farm: str
    server: str
    role: str


class IdentityStore:
    """The folder that holds key, certificate chain and membership."""

    def __init__(self, state_dir: Path) -> None:
        """Look at STATE_DIR/identity; nothing is read yet."""
        self.folder = state_dir / "identity"
        self.key_file = self.folder / "agent.key"
        self.chain_file = self.folder / "agent.crt"
        self.ca_file = self.folder / "collector-ca.crt"
        self.membership_file = self.folder / "membership.json"

    def exists(self) -> bool:
        """Return whether an identity was ever written here."""
        return self.chain_file.exists() and self.key_file.exists()

    def key(self) -> "ec.EllipticCurvePrivateKey":
        """Return the key, made on first use; raises IdentityError."""
        from farmsight_agent import keys  # noqa: PLC0415 - see there

        try:
            return keys.load_key(self.key_file)
        except FileNotFoundError:
            key, pem = keys.new_key()
        private_folder(self.folder.parent)
        private_folder(self.folder)
        write_private(self.key_file, pem)
        return key

    def csr(self) -> bytes:
        """Return a certificate signing request for the key, as DER; its subject means nothing."""
        from farmsight_agent import keys  # noqa: PLC0415 - see there

        return keys.csr_of(self.key())

    def signed_csr(self) -> tuple[bytes, bytes]:
        """Return a certificate signing request as DER and its ECDSA-SHA256 signature, which proves the key.

        Raises IdentityError.
        """
        from farmsight_agent import keys  # noqa: PLC0415 - see there

        csr = self.csr()
        return csr, keys.signature_of(self.key(), csr)

    def bootstrap(self) -> tuple[bytes, bytes]:
        """Return a key and a certificate as PEM that open the collector's port and prove nothing.

        Needed where this agent's own certificate has lapsed. Raises IdentityError.
        """
        from farmsight_wire.v1 import bootstrap  # noqa: PLC0415 - see there

        return bootstrap.identity(hashlib.sha256(self._der(self.ca_file)).digest())

    def accept(self, identity: enrolment_pb2.Identity, *, ca_sha256: bytes | None = None) -> None:
        """Write a new certificate chain after checking it; raises IdentityError.

        Its leaf must be for our key and signed by the chain's last
        certificate, which must be the pinned CA: by fingerprint on first
        contact, else the one that is already here.
        """
        from farmsight_agent import keys  # noqa: PLC0415 - see there

        pinned = hashlib.sha256(self._der(self.ca_file)).digest() if ca_sha256 is None else ca_sha256
        root, chain = keys.checked_chain(identity.chain_der, self.key(), pinned)
        write_private(self.ca_file, root)
        write_private(self.chain_file, chain)

    def certificate(self) -> "x509.Certificate":
        """Return this agent's certificate; raises IdentityError."""
        from farmsight_agent import keys  # noqa: PLC0415 - see there

        try:
            return keys.certificates_in(self._read(self.chain_file))[0]
        except ValueError as error:
            raise self._unusable(self.chain_file, error) from error

    def certificate_der(self) -> bytes:
        """Return this agent's certificate as DER, unread; raises IdentityError."""
        return self._der(self.chain_file)

    def validity(self) -> tuple[datetime, datetime]:
        """Return when this agent's certificate begins and ends; raises IdentityError."""
        read = certificate_summary(self.certificate_der(), lambda _data: b"")
        if not (read.HasField("not_before") and read.HasField("not_after")):
            raise self._unusable(self.chain_file, read.parse_error)
        return read.not_before.ToDatetime(UTC), read.not_after.ToDatetime(UTC)

    def _der(self, path: Path) -> bytes:
        found = pem_to_der(self._read(path))
        if not found:
            raise self._unusable(path, "no certificate in it")
        return found[0]

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise IdentityError(f"{path} is not there; run `farmsight-agent enroll` first") from error
        except OSError as error:
            raise self._unusable(path, error) from error

    def _unusable(self, path: Path, why: object) -> IdentityError:
        return IdentityError(f"{path} can't be used ({why}); remove {self.folder} and enroll again")

    def tls(self) -> tuple[bytes, bytes, bytes]:
        """Return root, key and chain as PEM, for a channel; raises IdentityError."""
        self.validity()
        try:
            return self.ca_file.read_bytes(), self.key_file.read_bytes(), self.chain_file.read_bytes()
        except OSError as error:
            raise IdentityError(f"the identity in {self.folder} can't be read ({error})") from error

    def not_after(self) -> datetime | None:
        """Return when the certificate ends, or None when there is none that can be read."""
        with contextlib.suppress(IdentityError):
            return self.validity()[1]
        return None

    def renew_after(self) -> datetime:
        """Return half the certificate's life; raises IdentityError."""
        begins, ends = self.validity()
        return begins + max((ends - begins) / 2, timedelta(0))

    def remember(self, membership: Membership) -> None:
        """Write what the collector said this agent is."""
        write_private(self.membership_file, json.dumps(asdict(membership), indent=1).encode())

    def membership(self) -> Membership | None:
        """Return what the collector said this agent is, or None when it is not known."""
        try:
            return Membership(**json.loads(self.membership_file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
