"""Who is calling: taken from the TLS peer, here and nowhere else.

Nothing in a message or in metadata is ever believed about identity. Every
servicer of agents calls `identify` before it reads anything. TLS itself lets in
who shows a bootstrap identity, which anyone can make with any name in it: so
each certificate is proved here to be the collector's own CA's.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import unquote

import grpc.aio
from cryptography import x509

from farmsight_collector.clock import Clock
from farmsight_collector.errors import IdentityError
from farmsight_collector.identity import requests
from farmsight_collector.metrics import Metrics
from farmsight_collector.store import agents
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class Peers:
    """Knows agents by the certificates that they show."""

    def __init__(
        self, store: Store, clock: Clock, metrics: Metrics, issued_here: Callable[[x509.Certificate], bool]
    ) -> None:
        """Look agents up in this store; `issued_here` tells whether the collector's own CA signed a certificate."""
        self._issued_here = issued_here
        self._store = store
        self._clock = clock
        self._metrics = metrics

    async def identify(self, context: Context) -> tuple[AgentRow, x509.Certificate]:
        """Return the agent that calls, and the certificate that it shows.

        Raises IdentityError when there is no certificate, or its agent is unknown, revoked or lapsed.
        """
        try:
            shown = self._proved(context)
            agent_id = requests.agent_id_in(shown)
            agent = await asyncio.to_thread(self._look_up, agent_id, f"{shown.serial_number:x}")
            if shown.not_valid_after_utc <= self._clock.now():
                raise IdentityError("the certificate has run out")
        except requests.RequestError as error:
            self._metrics.add("refused_identity")
            raise IdentityError(str(error)) from error
        except IdentityError:
            self._metrics.add("refused_identity")
            raise
        return agent, shown

    def prove(self, context: Context) -> None:
        """Raise IdentityError unless the caller shows a certificate that the collector's own CA signed."""
        try:
            self._proved(context)
        except (IdentityError, requests.RequestError) as error:
            self._metrics.add("refused_identity")
            raise IdentityError(str(error)) from error

    def proves_itself(self, context: Context) -> bool:
        """Tell whether the caller shows a certificate that the collector's own CA signed."""
        try:
            self._proved(context)
        except (IdentityError, requests.RequestError):
            return False
        return True

    def _proved(self, context: Context) -> x509.Certificate:
        shown = _certificate(context)
        if not self._issued_here(shown):
            raise IdentityError("the certificate is not of this collector's CA; enrol this server with a join token")
        return shown

    def _look_up(self, agent_id: str, serial: str) -> AgentRow:
        with self._store.read() as connection:
            agent = agents.agent_by_id(connection, agent_id)
            revoked = agents.is_revoked(connection, serial)
        if agent is None:
            raise IdentityError("the agent is not known to this collector; enrol it with a join token")
        if revoked or agent.state == "revoked":
            raise IdentityError("the agent is revoked; enrol it again with a new join token")
        if agent.state != "active":
            raise IdentityError(f"the agent is {agent.state}")
        return agent


def address(context: Context) -> str:
    """Return the caller's address without the port, for rate bounds and the audit."""
    peer = str(context.peer())
    scheme, _, rest = peer.partition(":")
    return unquote(rest).rpartition(":")[0].strip("[]") if scheme in ("ipv4", "ipv6") else peer


def _certificate(context: Context) -> x509.Certificate:
    shown = tuple(context.auth_context().get("x509_pem_cert", ()))
    if len(shown) != 1:
        raise IdentityError("the caller shows no certificate")
    return requests.certificate(bytes(shown[0]))
