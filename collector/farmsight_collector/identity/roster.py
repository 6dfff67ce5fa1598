"""What operators decide of agents and join tokens, each in one transaction with its audit.

The verbs of the command line and the pages both stand on it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector import folder
from farmsight_collector.config import Config
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.identity import tokens
from farmsight_collector.identity.names import is_host_name, is_server
from farmsight_collector.store import agents, audit, recoveries
from farmsight_collector.store import tokens as rows
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.recoveries import RecoveryRow
from farmsight_collector.store.tokens import TokenRow
from farmsight_collector.version import VERSION
from farmsight_wire.v1.vocabulary import ROLES

LONGEST: Final = timedelta(days=30)  # that a join token is good
LONGEST_OF_MANY: Final = timedelta(days=7)  # one that lets several servers in: who finds it comes in, too
MOST_USES: Final = 500


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """Whom a join token lets in: one server of a role, of any name or of one, or so many of any name, for a while."""

    farm: str
    role: str
    host: str | None
    ttl: timedelta
    uses: int = 1


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A join token as it is shown, once, to who made it; of its secret only the hash is kept."""

    text: str
    row: TokenRow


def farm_of(config: Config, given: str) -> str:
    """Return the farm that is meant; raises InvalidRequestError where it is none, or none of this collector."""
    farm = given.lower()
    if not is_host_name(farm):
        raise InvalidRequestError("farm: the federation service name, a DNS name such as sts.contoso.com")
    known = {name.lower() for name in config.farms}
    if known and farm not in known:
        raise InvalidRequestError(
            f"farm: {farm} is not among the farms of this collector ({', '.join(sorted(known))}); "
            "add it to farms in collector.toml if it is meant"
        )
    return farm


def invite(connection: Connection, ca_der: bytes, wanted: Invitation, *, by: str, at: datetime) -> Invited:
    """Make a join token. Raises InvalidRequestError where role, host name or span can't be."""
    if wanted.role not in ROLES:
        raise InvalidRequestError(f"role: one of {', '.join(ROLES)}")
    if wanted.host is not None and not is_server(wanted.host):
        raise InvalidRequestError("host: must be 1 to 63 letters, digits, dots, hyphens or underlines")
    if not timedelta(0) < wanted.ttl <= LONGEST:
        raise InvalidRequestError("ttl: is at most 30d")
    _check_uses(wanted)
    token = tokens.create(ca_der)
    row = rows.add_token(
        connection,
        token_id=token.token_id,
        secret_sha256=token.secret_hash,
        farm=wanted.farm,
        role=wanted.role,
        host_name=wanted.host,
        expires=at + wanted.ttl,
        at=at,
        uses=wanted.uses,
    )
    until = row.expires.isoformat(timespec="seconds").replace("+00:00", "Z")
    often = "" if row.uses == 1 else f", {row.uses} uses,"
    detail = f"{row.farm} {row.role} {row.host_name or 'any host'}{often} until {until}"
    audit.note(connection, at=at, actor=by, action="token.create", target=token.token_id, detail=detail)
    return Invited(text=token.text, row=row)


def _check_uses(wanted: Invitation) -> None:
    if not 1 <= wanted.uses <= MOST_USES:
        raise InvalidRequestError(f"uses: from 1 to {MOST_USES}")
    if wanted.uses > 1 and wanted.host is not None:
        raise InvalidRequestError("uses: a token for one host is good once")
    if wanted.uses > 1 and wanted.ttl > LONGEST_OF_MANY:
        raise InvalidRequestError("ttl: is at most 7d for a token with several uses")


def withdraw(connection: Connection, token_id: str, *, by: str, at: datetime) -> bool:
    """Make a join token useless; False when there is none that could be."""
    done = rows.revoke_token(connection, token_id, at)
    if done:
        audit.note(connection, at=at, actor=by, action="token.revoke", target=token_id)
    return done


def approve(connection: Connection, agent: AgentRow, *, by: str, at: datetime) -> None:
    """Let a lapsed agent come back. Raises InvalidRequestError where it is revoked or does not ask."""
    if agent.state == "revoked":
        raise InvalidRequestError(f"{agent.server} ({agent.id}) is revoked; let it in with a new join token")
    asked = _asking(connection, agent)
    for row in asked:
        # The newest request is the one that the server still asks with.
        recoveries.decide_recovery(connection, row.id, approve=row is asked[-1], by=by, at=at)
    audit.note(connection, at=at, actor=by, action="agent.approve", target=agent.id)


def refuse(connection: Connection, agent: AgentRow, *, by: str, at: datetime) -> None:
    """Do not let a lapsed agent come back. Raises InvalidRequestError where it does not ask."""
    for row in _asking(connection, agent):
        recoveries.decide_recovery(connection, row.id, approve=False, by=by, at=at)
    audit.note(connection, at=at, actor=by, action="agent.refuse", target=agent.id)


def revoke(connection: Connection, agent: AgentRow, *, by: str, at: datetime) -> None:
    """Cut an agent off, for good. Raises InvalidRequestError where it is revoked already."""
    if not agents.revoke(connection, agent.id, at):
        raise InvalidRequestError(f"{agent.server} ({agent.id}) is revoked already")
    for row in pending(connection, agent.id):
        recoveries.decide_recovery(connection, row.id, approve=False, by=by, at=at)
    audit.note(connection, at=at, actor=by, action="agent.revoke", target=agent.id)


def pending(connection: Connection, agent_id: str) -> list[RecoveryRow]:
    """Return with what an agent asks to come back, oldest first."""
    return [row for row in recoveries.recoveries(connection, "pending") if row.agent_id == agent_id]


def state_of(agent: AgentRow, *, asks: bool, at: datetime) -> str:
    """Return active, lapsed, revoked, or that it asks to come back."""
    if agent.state == "revoked":
        return agent.state
    if asks:
        return "asks to come back"
    return "lapsed" if agent.state == "active" and agent.not_after <= at else agent.state


def state_of_token(row: TokenRow, at: datetime) -> str:
    """Return open, used, revoked or expired."""
    if row.revoked is not None:
        return "revoked"
    if row.used is not None:
        return "used"
    return "expired" if row.expires <= at else "open"


def command(config: Config, token: str, row: TokenRow) -> str:
    """Return what to run on the server that a token lets in."""
    name = f" --name {row.host_name}" if row.host_name else ""
    return f"farmsight-agent enroll {where_to_enrol(config)}{name} --token {token}"


def package_command(config: Config, token: str, row: TokenRow) -> str:
    """Return what installs and enrols a Windows server in one go, in PowerShell, where its package lies."""
    name = f" NAME={row.host_name}" if row.host_name else ""
    where = _reachable(config, folder.addresses(config)["telemetry"])
    # Of a program with windows PowerShell waits for the end only where somebody reads what it says.
    return (
        f"msiexec /i farmsight-agent-{VERSION}.msi /qn /norestart COLLECTOR={where} TOKEN={token} "
        f"ROLE={row.role}{name} | Out-Null"
    )


def where_to_enrol(config: Config) -> str:
    """Return the arguments of `enroll` that name this collector; one address where one port is enough."""
    where = folder.addresses(config)
    beside = "" if config.listen.one_port else f" --enrolment {_reachable(config, where['enrolment'])}"
    return f"--collector {_reachable(config, where['telemetry'])}{beside}"


def _asking(connection: Connection, agent: AgentRow) -> list[RecoveryRow]:
    asked = pending(connection, agent.id)
    if not asked:
        raise InvalidRequestError(f"{agent.server} ({agent.id}) does not ask to come back")
    return asked


def _reachable(config: Config, address: str) -> str:
    """Return the address as another machine writes it."""
    host, _, port = address.rpartition(":")
    if host.strip("[]") in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        host = config.names[0] if config.names else "COLLECTOR"
    return f"{host}:{port}"
