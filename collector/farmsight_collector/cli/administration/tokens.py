"""`token create`, `token list`, `token revoke`."""

from datetime import datetime, timedelta

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
        "  farmsight-collector token create --farm sts.contoso.com --role wap --host WAP01",
    )
    parser.add_argument("--farm", metavar="NAME", help="federation service name; not needed when init named one")
    parser.add_argument("--role", required=True, choices=ROLES, help="what the server is")
    parser.add_argument(
        "--host", metavar="NAME", help="only this server; also lets it in again when it was enrolled before"
    )
    parser.add_argument(
        "--ttl", type=span, default=timedelta(hours=1), metavar="SPAN", help="how long it is good (1h; at most 30d)"
    )
    add(verbs, "list", _list, "list join tokens (never their secrets)")
    parser = add(verbs, "revoke", _revoke, "make a join token useless")
    parser.add_argument("id", help="as in token list")


def _create(call: Call) -> int:
    given = call.arguments
    opened = call.open()
    farm = _farm(opened.config, given.farm)
    at = call.clock.now()
    wanted = Invitation(farm=farm, role=given.role, host=given.host, ttl=given.ttl)
    with refusals(), opened.store.write() as connection:
        token = roster.invite(connection, opened.authority.der, wanted, by=call.operator, at=at)
    row = token.row
    opened.store.close()
    command = roster.command(opened.config, token.text, row)
    who = given.host or "one server"
    call.show(
        "token",
        {"token": token.text, "command": command, **_json(row, at)},
        (
            f"Join token for {who} ({row.role}) of {farm}, good once, until {instant(row.expires)}:",
            "",
            f"  {token.text}",
            "",
            "On that server, as administrator:",
            "",
            f"  {command}",
        ),
    )
    return 0


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
    head = ("ID", "FARM", "ROLE", "HOST", "STATE", "EXPIRES")
    lines = [
        (str(t["id"]), str(t["farm"]), str(t["role"]), str(t["host"] or "any"), str(t["state"]), str(t["expires"]))
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


def _json(row: TokenRow, at: datetime) -> dict[str, str | None]:
    return {
        "id": row.token_id,
        "farm": row.farm,
        "role": row.role,
        "host": row.host_name,
        "state": roster.state_of_token(row, at),
        "made": instant(row.made),
        "expires": instant(row.expires),
        "used": instant(row.used),
    }
