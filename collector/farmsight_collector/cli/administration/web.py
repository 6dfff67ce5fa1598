"""`web token`, `web list`, `web revoke`: who may look at the page, and ask by programs."""

from datetime import datetime, timedelta

from farmsight_collector import folder
from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add, instant, span, table
from farmsight_collector.config import Config
from farmsight_collector.folder import Folder
from farmsight_collector.identity.people import ROLES, make_token
from farmsight_collector.store import audit, people
from farmsight_collector.store.people import Session, WebToken

_LONGEST = timedelta(days=400)
_NAME = 64
_API_LIFE = timedelta(days=90)


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    parser = add(
        verbs,
        "token",
        _token,
        "make a token that lets one person in on the web page, once",
        "The page opens a session for it, which ends by itself. With --api the token is for programs:\n"
        "it is good until it expires, for the query port and the REST API.\n\n"
        "  farmsight-collector web token --role operator --name alice",
    )
    parser.add_argument(
        "--role", choices=ROLES, default="admin", help="viewer looks, operator acts, admin: %(default)s"
    )
    parser.add_argument("--name", metavar="NAME", help="who it is for, as the audit will say (you)")
    parser.add_argument("--api", action="store_true", help="for programs, not for a browser")
    parser.add_argument("--ttl", type=span, metavar="SPAN", help="how long it is good (1h; with --api 90d)")
    add(verbs, "list", _list, "list tokens (never their secrets) and who is signed in")
    parser = add(verbs, "revoke", _revoke, "make a token useless and end its sessions, or end one session")
    parser.add_argument("id", help="as in web list")


def first_token(opened: Folder, call: Call) -> str:
    """Return a one-time token for the first person of a collector, "" when somebody knows the way in already."""
    with opened.store.read() as connection:
        if opened.config.oidc.issuer or people.anyone_came(connection):
            return ""
    life = timedelta(minutes=opened.config.web.sign_in_token_minutes)
    at = call.clock.now()
    text, _ = make_token(
        opened.store, kind=people.SIGN_IN, name="admin", role="admin", life=life, at=at, actor=call.operator
    )
    return text


def address_with(web: str, token: str) -> str:
    """Return the address that signs somebody in. What stands behind # never leaves the browser."""
    return f"{web}/sign-in#{token}"


def _token(call: Call) -> int:
    given = call.arguments
    name = given.name or call.operator.removeprefix("local:")
    if not name.isprintable() or not name.strip() or len(name) > _NAME:
        raise UsageError(f"--name is 1 to {_NAME} characters")
    opened = call.open()
    life = given.ttl or (_API_LIFE if given.api else timedelta(minutes=opened.config.web.sign_in_token_minutes))
    if life > _LONGEST:
        raise UsageError("--ttl is at most 400d")
    kind = people.API if given.api else people.SIGN_IN
    at = call.clock.now()
    text, token = make_token(opened.store, kind=kind, name=name, role=given.role, life=life, at=at, actor=call.operator)
    opened.store.close()
    address = "" if given.api else _way_in(opened.config, text)
    call.show("web-token", {"token": text, "address": address or None, **_json(token, at)}, _said(token, text, address))
    return 0


def _way_in(config: Config, text: str) -> str:
    web = folder.addresses(config)["web"]
    return address_with(web, text) if "://" in web else ""


def _said(token: WebToken, text: str, address: str) -> tuple[str, ...]:
    if token.kind == people.API:
        return (
            f"Token for programs of {token.name}, as {token.role}, until {instant(token.expires)}:",
            "",
            f"  {text}",
            "",
            "It is shown this once. Send it as: Authorization: Bearer TOKEN",
        )
    where = (
        ("Open:", "", f"  {address}") if address else ("Give it at the page of this collector (serve prints where).",)
    )
    return (
        f"Token for {token.name} ({token.role}), good once, until {instant(token.expires)}:",
        "",
        f"  {text}",
        "",
        *where,
    )


def _list(call: Call) -> int:
    opened = call.open()
    at, idle = call.clock.now(), timedelta(minutes=opened.config.web.session_idle_minutes)
    with opened.store.read() as connection:
        tokens = [_json(one, at) for one in people.tokens(connection)]
        sessions = [_session(one) for one in people.sessions(connection, at, idle)]
    opened.store.close()
    head = ("ID", "KIND", "NAME", "ROLE", "STATE", "EXPIRES")
    lines = [[str(one[key.lower()]) for key in head] for one in [*tokens, *sessions]]
    shown = table(head, lines) if lines else ("no tokens and nobody signed in",)
    call.show("web-access", {"tokens": tokens, "sessions": sessions}, shown)
    return 0


def _revoke(call: Call) -> int:
    opened = call.open()
    at, wanted = call.clock.now(), call.arguments.id
    with opened.store.write() as connection:
        done = people.revoke(connection, wanted, at)
        if done:
            audit.note(connection, at=at, actor=call.operator, action="web.token.revoke", target=wanted)
    opened.store.close()
    if not done:
        raise UsageError(f"no token or session {wanted} that could be revoked; see: farmsight-collector web list")
    call.show("web-token", {"id": wanted, "state": "revoked"}, (f"{wanted} revoked",))
    return 0


def _json(token: WebToken, at: datetime) -> dict[str, str | None]:
    return {
        "id": token.token_id,
        "kind": token.kind,
        "name": token.name,
        "role": token.role,
        "state": _state(token, at),
        "made": instant(token.made),
        "expires": instant(token.expires),
        "used": instant(token.used),
    }


def _state(token: WebToken, at: datetime) -> str:
    if token.revoked is not None:
        return "revoked"
    if token.used is not None:
        return "used"
    return "expired" if token.expires <= at else "open"


def _session(session: Session) -> dict[str, str | None]:
    return {
        "id": session.session_id,
        "kind": "session",
        "name": session.name,
        "role": session.role,
        "state": f"seen {instant(session.seen)}",
        "came_by": session.came_by,
        "made": instant(session.made),
        "expires": instant(session.expires),
    }
