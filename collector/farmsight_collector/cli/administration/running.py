"""`init` and `serve`."""

import logging
import os
import sys
from pathlib import Path

from farmsight_collector import app, folder, lock
from farmsight_collector import config as configuration
from farmsight_collector.cli.administration.verb import Call, Subparsers, add
from farmsight_collector.cli.administration.web import address_with, first_token
from farmsight_collector.config import Listen


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    parser = add(
        verbs,
        "init",
        _init,
        "make a data folder: CA, store, settings, token",
        "Once for each collector. Afterwards `serve`, and a `token create` for each server.\n\n"
        "  farmsight-collector init --name collector.contoso.com --farm sts.contoso.com\n\n"
        "A further collector on the same PostgreSQL has the CA and the token of the first:\n\n"
        "  farmsight-collector init --join /mnt/first-folder --database file:/etc/farmsight/database-url",
    )
    parser.add_argument(
        "--name", action="append", default=[], metavar="DNS", help="a name or address of this machine (repeatable)"
    )
    parser.add_argument(
        "--farm", action="append", default=[], metavar="NAME", help="federation service name (repeatable)"
    )
    parser.add_argument("--database", default="", metavar="URL", help="a PostgreSQL; file:PATH: its URL stands there")
    parser.add_argument("--join", type=Path, metavar="DIR", help="take ca.key, ca.crt and query-token from here")
    _add_addresses(parser.add_argument)
    parser = add(
        verbs,
        "serve",
        _serve,
        "run the collector until SIGTERM or Ctrl-C",
        "Needs a data folder that `farmsight-collector init` made.",
    )
    _add_addresses(parser.add_argument)


def _add_addresses(add_argument: object) -> None:
    assert callable(add_argument)
    ports = (
        ("telemetry", "agents and new servers"),
        ("enrolment", "new servers, beside telemetry,"),
        ("query", "people at a command line"),
        ("web", "people with a browser"),
    )
    for name, who in ports:
        default, none = getattr(Listen(), name), "; off: nowhere" if name in {"enrolment", "web"} else ""
        add_argument(f"--{name}", metavar="ADDRESS:PORT", help=f"where {who} connect ({default}; port 0: any{none})")


def _init(call: Call) -> int:
    given = call.arguments
    defaults = Listen()
    listen = Listen(
        telemetry=given.telemetry or defaults.telemetry,
        enrolment=given.enrolment or defaults.enrolment,
        query=given.query or defaults.query,
        web=given.web or defaults.web,
    )
    config = folder.initialise(
        call.data, listen, tuple(given.name), tuple(given.farm), call.clock, database=given.database, join=given.join
    )
    farm = config.farms[0] if config.farms else "FEDERATION-SERVICE-NAME"
    call.show(
        "collector",
        {"data": str(call.data.resolve()), "names": list(config.names), "farms": list(config.farms)},
        (
            f"The collector's data folder is {call.data}. Keep it private: it holds the CA's key.",
            "",
            "Next:",
            f"  farmsight-collector serve --data {call.data}",
            f"  farmsight-collector token create --data {call.data} --farm {farm} --role adfs",
        ),
    )
    return 0


def _serve(call: Call) -> int:
    given = call.arguments
    config = configuration.listening(
        configuration.load(call.data),
        telemetry=given.telemetry,
        enrolment=given.enrolment,
        query=given.query,
        web=given.web,
    )
    running = f"a collector serves from {call.data} already; stop it, or give another --data"
    with lock.held(call.data, otherwise=running):
        code = app.serve(config, call.clock, lambda where: _say_ready(call, where))
    # All of ours is closed. Taking gRPC apart as the interpreter ends takes seconds, which a stop has not.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


def _say_ready(call: Call, where: dict[str, str]) -> None:
    way_in = _way_in(call, where)
    call.show(
        "serving",
        {**where, **({"sign_in": way_in} if way_in else {})},
        (
            f"telemetry  {where['telemetry']}   agents, by certificate",
            f"enrolment  {_enrolling(call, where)}",
            f"query      {where['query']}   people: farmsight status --data {call.data}",
            *_page(where, way_in, call.data),
            "ready; Ctrl-C stops",
        ),
    )


def _enrolling(call: Call, where: dict[str, str]) -> str:
    one_port = configuration.load(call.data).listen.one_port
    ports = ((where["telemetry"],) if one_port else ()) + ((where["enrolment"],) if "enrolment" in where else ())
    return f"{' and '.join(ports)}   servers with a join token"


def _way_in(call: Call, where: dict[str, str]) -> str:
    """Return the address that signs the first person in, "" when somebody knows the way in already."""
    if "web" not in where:
        return ""
    opened = call.open()
    try:
        token = first_token(opened, call)
    finally:
        opened.store.close()
    return address_with(where["web"], token) if token else ""


def _page(where: dict[str, str], way_in: str, data: Path) -> tuple[str, ...]:
    if "web" not in where:
        return ()
    more = "see the line below" if way_in else f"farmsight-collector web token --data {data}"
    page = f"web        {where['web']}   people with a browser: {more}"
    return (page, f"sign in    {way_in}   (good once, for the first person)") if way_in else (page,)
