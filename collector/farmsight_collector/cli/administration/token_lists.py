"""`token create --list`: a join token for each server of a list, as the list that installs them all."""

import csv
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farmsight_collector.cli.administration.verb import Call, UsageError, instant, refusals
from farmsight_collector.identity import roster
from farmsight_collector.identity.names import is_address, is_server
from farmsight_collector.identity.roster import Invitation
from farmsight_collector.store import tokens as rows
from farmsight_wire.v1.vocabulary import ROLES

MOST_SERVERS: Final = 1000
MOST_BYTES: Final = 1024 * 1024
# What Install-FarmsightAgent.ps1 and the Ansible inventory read besides; passed on as it stands.
_PASSED_ON: Final = ("Collector", "Proxy", "AgentName")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One server of a list: how it is reached, what it is, the name that its agent goes by, what else its row says."""

    name: str
    role: str
    agent: str
    more: dict[str, str]


def create_listed(call: Call, farm: str) -> int:
    """Make the tokens of a list in one transaction, and write the list with them. Raises UsageError."""
    given = call.arguments
    servers = read_list(Path(given.list))
    if given.output is not None and Path(given.output).exists():
        raise UsageError(f"{given.output} is there already; tokens are not written over it")
    opened = call.open()
    at = call.clock.now()
    made = []
    with refusals(), opened.store.write() as connection:
        for server in servers:
            wanted = Invitation(farm=farm, role=server.role, host=server.agent, ttl=given.ttl)
            made.append(roster.invite(connection, opened.authority.der, wanted, by=call.operator, at=at))
        # Written before it is committed: tokens that nobody was told of would stay open.
        if given.output is not None:
            _write(Path(given.output), _csv(servers, [one.text for one in made]))
    opened.store.close()
    until = instant(at + given.ttl)
    if given.output is not None:
        lines = [f"{len(made)} join tokens of {farm} in {given.output}, each good once, until {until}"]
    else:
        lines = _csv(servers, [one.text for one in made]).splitlines()
    shown = [
        {"name": server.name, "token": one.text, **_told(one.row)} for server, one in zip(servers, made, strict=True)
    ]
    call.show("token-list", {"farm": farm, "until": until, "tokens": shown}, lines)
    return 0


def _told(row: rows.TokenRow) -> dict[str, str | None]:
    return {"id": row.token_id, "role": row.role, "host": row.host_name, "expires": instant(row.expires)}


def read_list(path: Path) -> list[Listed]:
    """Read a CSV with the columns Name and Role. Raises UsageError naming every row at fault."""
    try:
        data = path.read_bytes()[: MOST_BYTES + 1] if str(path) != "-" else sys.stdin.buffer.read(MOST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read: {error}") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path} is larger than a megabyte")
    found: list[Listed] = []
    wrong: list[str] = []
    try:
        # Spreadsheets write semicolons where commas are decimal.
        between = ";" if ";" in text.partition("\n")[0] else ","
        for number, row in enumerate(csv.DictReader(io.StringIO(text), strict=True, delimiter=between), 2):
            values = {
                (key or "").strip().lower(): value.strip() for key, value in row.items() if isinstance(value, str)
            }
            server = _listed(values)
            if isinstance(server, str):
                wrong.append(f"  line {number}: {server}")
            else:
                found.append(server)
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV: {error}") from error
    wrong += _twice(found)
    if wrong:
        raise UsageError(f"{path}:\n" + "\n".join(wrong[:20]))
    if not 0 < len(found) <= MOST_SERVERS:
        raise UsageError(f"{path} must name 1 to {MOST_SERVERS} servers, in the columns Name and Role")
    return found


def _listed(values: dict[str, str]) -> Listed | str:
    name = values.get("name", "")
    if not name:
        return "no Name; the columns are Name,Role"
    meant = values.get("role", "").lower()
    if meant not in ROLES:
        return f"Role: one of {', '.join(ROLES)}"
    if is_address(name) and not values.get("agentname"):
        return "Name is an address: AgentName must say the server's computer name"
    # What the agent calls itself is the computer name, the first label of the DNS name.
    agent = values.get("agentname") or name.split(".")[0]
    if not is_server(agent):
        return "Name: must be 1 to 63 letters, digits, dots, hyphens or underlines"
    more = {column: values[column.lower()] for column in _PASSED_ON if values.get(column.lower())}
    return Listed(name=name, role=meant, agent=agent, more=more)


def _twice(servers: list[Listed]) -> list[str]:
    seen: set[str] = set()
    found = []
    for server in servers:
        if server.agent.lower() in seen:
            found.append(f"  {server.agent} stands there twice")
        seen.add(server.agent.lower())
    return found


def _csv(servers: list[Listed], texts: list[str]) -> str:
    more = [column for column in _PASSED_ON if any(column in server.more for server in servers)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Name", "Role", "Token", *more])
    for server, token in zip(servers, texts, strict=True):
        writer.writerow([server.name, server.role, token, *(server.more.get(column, "") for column in more)])
    return out.getvalue()


def _write(path: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error}") from error
