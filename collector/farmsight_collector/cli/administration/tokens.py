"""`token create`, `token list`, `token revoke`."""

from datetime import datetime, timedelta

from farmsight_collector import folder
from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add, instant, span, table
from farmsight_collector.config import Config
from farmsight_collector.identity import tokens
from farmsight_collector.identity.names import is_host_name, is_server
from farmsight_collector.store import audit
from farmsight_collector.store import tokens as rows
from farmsight_collector.store.tokens import TokenRow
from farmsight_wire.v1.vocabulary import ROLES

_LONGEST = timedelta(days=30)


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
    if given.host is not None and not is_server(given.host):
        raise UsageError("--host must be 1 to 63 letters, digits, dots, hyphens or underlines")
    if given.ttl > _LONGEST:
        raise UsageError("--ttl is at most 30d")
    at = call.clock.now()
    token = tokens.create(opened.authority.der)
    with opened.store.write() as connection:
        row = rows.add_token(
            connection,
            token_id=token.token_id,
            secret_sha256=token.secret_hash,
            farm=farm,
            role=given.role,
            host_name=given.host,
            expires=at + given.ttl,
            at=at,
        )
        detail = f"{farm} {given.role} {given.host or 'any host'} until {instant(row.expires)}"
        audit.note(connection, at=at, actor=call.operator, action="token.create", target=token.token_id, detail=detail)
    opened.store.close()
    command = _command(opened.config, token.text, row)
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
    farm = given.lower()
    if not is_host_name(farm):
        raise UsageError("--farm is the federation service name, a DNS name such as sts.contoso.com")
    known = {name.lower() for name in config.farms}
    if known and farm not in known:
        raise UsageError(
            f"{farm} is not among the farms of this collector ({', '.join(sorted(known))}); "
            "add it to farms in collector.toml if it is meant"
        )
    return farm


def _command(config: Config, token: str, row: TokenRow) -> str:
    where = folder.addresses(config)
    name = f" --name {row.host_name}" if row.host_name else ""
    return (
        f"farmsight-agent enroll --collector {_reachable(config, where['telemetry'])} "
        f"--enrolment {_reachable(config, where['enrolment'])}{name} --token {token}"
    )


def _reachable(config: Config, address: str) -> str:
    """Return the address as another machine writes it."""
    host, _, port = address.rpartition(":")
    if host.strip("[]") in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        host = config.names[0] if config.names else "COLLECTOR"
    return f"{host}:{port}"


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
        done = rows.revoke_token(connection, token_id, at)
        if done:
            audit.note(connection, at=at, actor=call.operator, action="token.revoke", target=token_id)
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
        "state": _state(row, at),
        "made": instant(row.made),
        "expires": instant(row.expires),
        "used": instant(row.used),
    }


def _state(row: TokenRow, at: datetime) -> str:
    if row.revoked is not None:
        return "revoked"
    if row.used is not None:
        return "used"
    return "expired" if row.expires <= at else "open"
