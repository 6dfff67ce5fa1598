"""Who speaks for a tenant in the store: a server of its own, and an agent that no certificate is made for."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.entra.registration import ROLE, Registration
from farmsight_collector.errors import CollectorError
from farmsight_collector.store import agents
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store

_NO_END: Final = datetime(9000, 1, 1, tzinfo=UTC)  # no certificate, so none that ends


class GoneError(CollectorError):
    """The tenant was taken out of the farm: nobody speaks for it any more."""


def enrol(connection: Connection, registration: Registration, at: datetime) -> AgentRow:
    """Give the tenant a server of its own in the farm. Nobody gets a certificate for it: no agent can be its voice."""
    return agents.add_agent(
        connection,
        agent_id=registration.voice,
        farm=registration.farm,
        server=registration.server,
        role=ROLE,
        serial=registration.voice,
        not_after=_NO_END,
        public_key_sha256=b"",
        at=at,
    )


def speaking(connection: Connection, registration: Registration) -> AgentRow:
    """Return the tenant's voice; raises GoneError where it was revoked or never was."""
    voice = agents.agent_by_id(connection, registration.voice)
    if voice is None or voice.state != "active":
        raise GoneError(f"{registration.name} was taken out of {registration.farm}; remove it and add it again")
    return voice


def last_asked(store: Store, registration: Registration) -> datetime | None:
    """Return when the tenant was last asked, by this collector or another on the same store; raises GoneError."""
    with store.read() as connection:
        return speaking(connection, registration).last_seen
