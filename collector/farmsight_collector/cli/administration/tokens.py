"""`token create`, `token list`, `token revoke`."""

from datetime import datetime, timedelta

from farmsight_collector.cli.administration.token_lists import create_listed
from farmsight_collector.cli.administration.verb import (
    Call,
    Subparsers,
    UsageError,
    add,
    instant,
    refusals,
    span,
    table,
)
from farmsight_collector.config import Config
from farmsight_collector.identity import roster
from farmsight_collector.identity.roster import Invitation
from farmsight_collector.store import tokens as rows
from farmsight_collector.store.tokens import TokenRow
from farmsight_wire.v1.vocabulary import ROLES


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    parser = add(
        verbs,
        "create",
        _create,
        "make a join token and print what to run on the server",
        "A token lets one server in, once, until it expires. It carries the\n"
        "fingerprint of this collector's CA, so that the server knows whom it talks to.\n\n"
        "  farmsight-collector token create --farm sts.contoso.com --role wap --host WAP01\n\n"
        "For many servers at once: a token for each row of a list with the columns Name and Role,\n"
        "or, where all must be given the same, one token with so many uses.\n\n"
        "  farmsight-collector token create --list servers.csv --output tokens.csv --ttl 4h\n"
        "  farmsight-collector token create --role adfs --uses 12 --ttl 4h",
    )
    parser.add_argument("--farm", metavar="NAME", help="federation service name; not needed when init named one")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--role", choices=ROLES, help="what the server is")
    whom.add_argument("--list", metavar="CSV", help="a token for each server of this file; -: of standard input")
    parser.add_argument(
        "--host", metavar="NAME", help="only this server; also lets it in again when it was enrolled before"
    )
    parser.add_argument(
        "--ttl", type=span, default=timedelta(hours=1), metavar="SPAN", help="how long it is good (1h; at most 30d)"
    )
    parser.add_argument("--uses", type=int, default=1, metavar="N", help="how many servers it lets in, each once (1)")
    parser.add_argument("--output", metavar="FILE", help="with --list: write the list with the tokens here")
    add(verbs, "list", _list, "list join tokens (never their secrets)")
    parser = add(verbs, "revoke", _revoke, "make a join token useless")
    parser.add_argument("id", help="as in token list")


def _create(call: Call) -> int:
    given = call.arguments
    if given.list is not None:
        return _create_listed(call)
    if given.output is not None:
        raise UsageError("--output goes with --list")
    opened = call.open()
    farm = _farm(opened.config, given.farm)
    at = call.clock.now()
    wanted = Invitation(farm=farm, role=given.role, host=given.host, ttl=given.ttl, uses=given.uses)
    with refusals(), opened.store.write() as connection:
        token = roster.invite(connection, opened.authority.der, wanted, by=call.operator, at=at)
    row = token.row
    opened.store.close()
    command = roster.command(opened.config, token.text, row)
    who = given.host or ("one server" if row.uses == 1 else f"{row.uses} servers")
    often = "once" if row.uses == 1 else f"{row.uses} times"
    call.show(
        "token",
        {"token": token.text, "command": command, **_json(row, at)},
        (
            f"Join token for {who} ({row.role}) of {farm}, good {often}, until {instant(row.expires)}:",
            "",
            f"  {token.text}",
            "",
            "On that server, as administrator:" if row.uses == 1 else "On each of them, as administrator:",
            "",
            f"  {command}",
        ),
    )
    return 0


def _create_listed(call: Call) -> int:
    given = call.arguments
    if given.host is not None or given.uses != 1:
        raise UsageError("--list makes a token for each server of the list: neither --host nor --uses goes with it")
    opened = call.open()
    farm = _farm(opened.config, given.farm)
    opened.store.close()
    return create_listed(call, farm)


def _farm(config: Config, given: str | None) -> str:
    if given is None:
        if len(config.farms) == 1:
            return config.farms[0]
        raise UsageError("--farm is needed: the federation service name of the farm")
    with refusals():
        return roster.farm_of(config, given)


def _list(call: Call) -> int:
    opened = call.open()
    at = call.clock.now()
    with opened.store.read() as connection:
        found = [_json(row, at) for row in rows.tokens(connection)]
    opened.store.close()
    head = ("ID", "FARM", "ROLE", "HOST", "STATE", "USED", "EXPIRES")
    lines = [
        (*(str(t[key] or "any") for key in ("id", "farm", "role", "host", "state")), *_count(t), str(t["expires"]))
        for t in found
    ]
    call.show("tokens", {"tokens": found}, table(head, lines) if lines else ("no join tokens",))
    return 0


def _revoke(call: Call) -> int:
    opened = call.open()
    at, token_id = call.clock.now(), call.arguments.id
    with opened.store.write() as connection:
        done = roster.withdraw(connection, token_id, by=call.operator, at=at)
    opened.store.close()
    if not done:
        raise UsageError(f"no join token {token_id} that could be revoked; see: farmsight-collector token list")
    call.show("token", {"id": token_id, "state": "revoked"}, (f"{token_id} revoked",))
    return 0


def _count(token: dict[str, str | int | None]) -> tuple[str]:
    return (f"{token['taken']} of {token['uses']}",)


def _json(row: TokenRow, at: datetime) -> dict[str, str | int | None]:
    return {
        "id": row.token_id,
        "farm": row.farm,
        "role": row.role,
        "host": row.host_name,
        "state": roster.state_of_token(row, at),
        "made": instant(row.made),
        "expires": instant(row.expires),
        "used": instant(row.used),
        "uses": row.uses,
        "taken": row.taken,
    }
