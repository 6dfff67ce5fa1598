"""`entra add`, `list`, `test`, `sign-in`, `remove`, `permissions`: which tenants the collector asks."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farmsight_collector.cli import exit_codes
from farmsight_collector.cli.administration import entra_urls
from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add, instant, span, table
from farmsight_collector.entra import credentials, registration, voice
from farmsight_collector.entra.clouds import CLOUDS
from farmsight_collector.entra.registration import Registration
from farmsight_collector.entra.resources import PERMISSIONS, RESOURCES
from farmsight_collector.identity.authority import write_secret
from farmsight_collector.store import agents, audit
from farmsight_collector.store.engine import Store

if TYPE_CHECKING:
    from farmsight_collector.entra.run import Ran

_ADD = f"""\
Register an application in the tenant, and consent to these application
permissions of Microsoft Graph, all of them to read:

  {"  ".join(PERMISSIONS)}

`entra permissions` says what is lost without each. The collector keeps a copy
of certificate and key, or of the secret, that only its own account may read.

  farmsight-collector entra add contoso --farm sts.contoso.com \\
      --tenant TENANT-ID --client-id APPLICATION-ID --certificate graph.pem
"""


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    _register_add(verbs)
    add(verbs, "list", _list, "list tenants, with fingerprint and expiry of what the collector asks with")
    parser = add(verbs, "test", _test, "ask a tenant once, and print what each permission gave; nothing is stored")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--output", metavar="FILE", help="write the answers as entra.json, for farmsight analyze")
    parser = add(verbs, "sign-in", _sign_in, "sign in by device code, for a tenant that was added with --device-code")
    parser.add_argument("name", metavar="NAME")
    parser = add(verbs, "remove", _remove, "ask a tenant no more, and remove the key or secret")
    parser.add_argument("name", metavar="NAME")
    add(verbs, "permissions", _permissions, "list the permissions, and what is lost without each")
    entra_urls.register(verbs)


def _register_add(verbs: Subparsers) -> None:
    parser = add(verbs, "add", _add, "ask a tenant from now on", _ADD)
    parser.add_argument("name", metavar="NAME", help="what it is called here: a-z, 0-9, hyphens")
    parser.add_argument("--farm", required=True, metavar="NAME", help="federation service name of its farm")
    parser.add_argument("--tenant", required=True, metavar="ID", help="tenant id, or one of its verified domains")
    parser.add_argument("--client-id", required=True, metavar="ID", help="id of the registered application")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--certificate", metavar="FILE", help="certificate in PEM, with or without its RSA key")
    how.add_argument("--secret-file", metavar="FILE", help="file that holds the client secret")
    how.add_argument("--device-code", action="store_true", help="sign in as a person, in a browser elsewhere")
    parser.add_argument("--key", metavar="FILE", help="the certificate's key, where it is in another file")
    parser.add_argument("--cloud", choices=[cloud.name for cloud in CLOUDS], default="global")
    parser.add_argument("--every", type=span, default=span("15m"), metavar="SPAN", help="how often to ask (15m)")
    parser.add_argument("--graph-url", default="", metavar="URL", help="in place of the cloud's Graph")
    parser.add_argument("--authority-url", default="", metavar="URL", help="in place of the cloud's token service")
    parser.add_argument("--ca-file", default="", metavar="FILE", help="trust these TLS authorities, not the machine's")


def _add(call: Call) -> int:
    given = call.arguments
    kind, secrets = _credential(call)
    one = Registration(
        name=given.name,
        farm=given.farm.lower(),
        tenant=given.tenant.lower(),
        client_id=given.client_id.lower(),
        kind=kind,
        voice=f"entra-{uuid.uuid4()}",
        cloud=given.cloud,
        every_s=int(given.every.total_seconds()),
        graph_url=given.graph_url,
        authority_url=given.authority_url,
        ca_file=str(Path(given.ca_file).resolve()) if given.ca_file else "",
    )
    registration.check(one)
    opened = call.open()
    try:
        if opened.config.farms and one.farm not in opened.config.farms:
            raise UsageError(f"{one.farm} is none of this collector's farms ({', '.join(opened.config.farms)})")
        _enrol(call, opened.store, one, secrets)
    finally:
        opened.store.close()
    lines = [f"{one.name} is asked every {one.every_s // 60} minutes, by a collector that serves {call.data}."]
    lines.append(f"See what each permission gives:  farmsight-collector entra test {one.name} --data {call.data}")
    if kind == "device-code":
        lines.append(f"First sign in:  farmsight-collector entra sign-in {one.name} --data {call.data}")
    call.show("entra-tenant", _json(call, one), lines)
    return 0


def _enrol(call: Call, store: Store, one: Registration, secrets: dict[str, bytes]) -> None:
    """Give the tenant its place in the store, then keep its registration, which a serving collector looks for."""
    at = call.clock.now()
    with store.write() as connection:
        held = [a for a in agents.agents(connection, one.farm) if a.server == one.server and a.state == "active"]
        if held:
            raise UsageError(f"{one.name} of {one.farm} is asked already; see: farmsight-collector entra list")
        voice.enrol(connection, one, at)
        target = f"{one.name} ({one.tenant})"
        audit.note(connection, at=at, actor=call.operator, action="entra.add", target=target)
    try:
        registration.save(call.data, one, secrets)
    except BaseException:
        with store.write() as connection:
            agents.revoke(connection, one.voice, at)
        raise


def _credential(call: Call) -> tuple[registration.Kind, dict[str, bytes]]:
    given = call.arguments
    if given.key and not given.certificate:
        raise UsageError("--key belongs to --certificate")
    if given.certificate:
        pem = credentials.from_files(Path(given.certificate), Path(given.key) if given.key else None)
        return "certificate", {registration.CREDENTIAL: pem}
    if given.secret_file:
        return "secret", {registration.SECRET: credentials.secret_from(Path(given.secret_file))}
    return "device-code", {}


def _list(call: Call) -> int:
    opened = call.open()
    try:
        found = [
            _json(call, registration.load(call.data, name), opened.store) for name in registration.names(call.data)
        ]
    finally:
        opened.store.close()
    head = ("NAME", "FARM", "TENANT", "CLOUD", "ASKS WITH", "FINGERPRINT", "EXPIRES", "EVERY", "LAST ASKED")
    rows = [
        [
            one["name"],
            one["farm"],
            one["tenant"],
            one["cloud"],
            one["kind"],
            one["fingerprint"] or "-",
            one["expires"] or one["note"] or "-",
            f"{one['every_s'] // 60}m",
            one["last_asked"] or "never",
        ]
        for one in found
    ]
    empty = ("no tenant is asked; farmsight-collector entra add --help says how",)
    call.show("entra-tenants", {"tenants": found}, table(head, rows) if rows else empty)
    return 0


def _test(call: Call) -> int:
    # Of all verbs only these two need the token library, which takes its time to load.
    from farmsight_collector.entra import recording  # noqa: PLC0415
    from farmsight_collector.entra.run import Runner  # noqa: PLC0415

    one = registration.load(call.data, call.arguments.name)
    ran = Runner(call.data, one, call.clock).run()
    if call.arguments.output:
        write_secret(Path(call.arguments.output), ran.asked.document.encode())
    reports, _ = recording.reports_of(one, ran)
    parts = recording.said(reports)
    content = {
        "name": one.name,
        "took_s": round(ran.took_s, 3),
        "resources": [
            {
                "resource": given.resource.name,
                "permission": given.resource.permission,
                "answered": not given.code,
                "rows": given.rows,
                "code": given.code,
                "message": given.message,
                "lost": given.resource.without if given.code else "",
            }
            for given in ran.asked.given
        ],
        "parts": [
            {"part": p.part, "outcome": p.outcome, "reason": p.reason, "detail": p.detail, "facts": p.facts}
            for p in parts
        ],
    }
    call.show("entra-test", content, _test_lines(ran))
    return 0 if any(not given.code for given in ran.asked.given) else exit_codes.FAULT


def _test_lines(ran: "Ran") -> Iterator[str]:
    rows = [
        [g.resource.permission, g.resource.name, f"{g.rows} found" if not g.code else f"{g.code}: {g.message}"]
        for g in ran.asked.given
    ]
    yield from table(("PERMISSION", "ANSWER", "GAVE"), rows)
    lost = [f"  {g.resource.name}: {g.resource.without}" for g in ran.asked.given if g.code]
    if lost:
        yield from ("", "Not known without them:", *lost)


def _sign_in(call: Call) -> int:
    from farmsight_collector.entra.graph import TokenRefusedError  # noqa: PLC0415 - as above
    from farmsight_collector.entra.run import Runner  # noqa: PLC0415
    from farmsight_collector.entra.web import WebError  # noqa: PLC0415

    one = registration.load(call.data, call.arguments.name)
    if one.kind != "device-code":
        raise UsageError(f"{one.name} asks with a {one.kind}; nobody needs to sign in")
    runner = Runner(call.data, one, call.clock, seconds=1200.0)  # device codes live 15 minutes
    web, _ = runner.web()
    try:
        who = runner.tokens.by(web).sign_in(lambda text: print(text, flush=True))
    except (TokenRefusedError, WebError) as error:
        raise UsageError(f"{one.name}: nobody signed in: {error}") from error
    finally:
        web.close()
    call.show("entra-signed-in", {"name": one.name, "as": who}, (f"{one.name} is asked as {who} from now on.",))
    return 0


def _remove(call: Call) -> int:
    one = registration.load(call.data, call.arguments.name)
    opened = call.open()
    try:
        with opened.store.write() as connection:
            agents.revoke(connection, one.voice, call.clock.now())
            audit.note(connection, at=call.clock.now(), actor=call.operator, action="entra.remove", target=one.name)
        registration.remove(call.data, one.name)
    finally:
        opened.store.close()
    said = f"{one.name} is asked no more; what it answered stays in the history. Remove the application in the portal."
    call.show("entra-tenant", {"name": one.name, "state": "removed"}, (said,))
    return 0


def _permissions(call: Call) -> int:
    content = [
        {"permission": r.permission, "resource": r.name, "gives": r.gives, "without": r.without, "source": r.source}
        for r in RESOURCES
    ]
    lines = [line for r in RESOURCES for line in (r.permission, f"  gives    {r.gives}", f"  without  {r.without}", "")]
    call.show("entra-permissions", {"consent_to": list(PERMISSIONS), "resources": content}, lines)
    return 0


def _json(call: Call, one: Registration, store: Store | None = None) -> dict[str, Any]:
    shown = credentials.shown(call.data, one.name, one.kind)
    last = None
    if store is not None:
        with store.read() as connection:
            voice = agents.agent_by_id(connection, one.voice)
            last = voice.last_seen if voice is not None else None
    return {
        "name": one.name,
        "farm": one.farm,
        "tenant": one.tenant,
        "client_id": one.client_id,
        "cloud": one.cloud,
        "kind": one.kind,
        "fingerprint": shown.fingerprint,
        "expires": instant(shown.expires),
        "note": shown.note,
        "every_s": one.every_s,
        "last_asked": instant(last),
    }
