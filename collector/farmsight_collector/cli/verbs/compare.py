"""`farmsight compare`: what some servers have and others have not."""

import argparse

from farmsight_collector.cli.findings_output import SEVERITIES, instant
from farmsight_collector.cli.verb import Asking, Verb
from farmsight_collector.clock import timestamp
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, KIND_BY_NAME, ROLES


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "servers",
        nargs="*",
        metavar="SERVER",
        help="servers to compare (default: all of --role); SERVER@TIME as it was then, FARM or FARM@TIME a whole farm",
    )
    parser.add_argument("--role", choices=ROLES, help="compare the servers of this role")
    parser.add_argument("--kind", choices=list(KIND_BY_NAME), help="only facts of this kind")
    parser.add_argument("--all", action="store_true", help="also what is equal everywhere")


def _run(asking: Asking) -> int:
    arguments = asking.arguments
    apart = any("@" in name or "." in name for name in arguments.servers)  # no server's own name has either
    response = asking.stub.Compare(
        query_pb2.CompareRequest(
            scope=asking.scope(),
            servers=() if apart else arguments.servers,
            sides=[_side(asking, name) for name in arguments.servers] if apart else (),
            role=arguments.role or "",
            kind=arguments.kind or "",
            only_differences=not arguments.all,
        )
    )
    if arguments.json:
        asking.out.json(_json(response))
        return 0
    if not response.servers:
        asking.out.line(f"there is no server{' of the role ' + arguments.role if arguments.role else ''} to compare")
        return 0
    if not response.facts:
        asking.out.line(f"no differences among {', '.join(response.servers)}", "ok")
        return 0
    asking.out.table(
        ("kind", "key", *response.servers, "expected", "means"),
        (
            (
                f"{row.kind}{' as ' + name if (name := CONTEXT_NAMES[row.context]) else ''}",
                row.key,
                *((_cell(value), "warning" if value.odd else "") for value in row.values),
                _EXPECTED.get(row.expectation, ""),
                (row.meaning, SEVERITIES.get(row.severity, "")),
            )
            for row in sorted(response.facts, key=lambda row: row.severity, reverse=True)  # the worst first
        ),
    )
    return 0


def _side(asking: Asking, text: str) -> query_pb2.ComparedSide:
    """Return one side: NAME, NAME@TIME or @TIME, which is the farm as it was."""
    name, at, time = text.partition("@")
    side = query_pb2.ComparedSide(farm=name) if "." in name else query_pb2.ComparedSide(server=name)
    if at:
        side.at.CopyFrom(timestamp(asking.instant(time)))
    return side


_EXPECTED = {"equal": "equal", "may-differ": "may differ", "must-differ": "must differ"}


def _cell(value: query_pb2.ComparedValue) -> str:
    return {"absent": "-", "unknown": "not known"}.get(value.state, value.text)


def _json(response: query_pb2.CompareResponse) -> dict[str, object]:
    return {
        "schema": "farmsight.compare/1",
        "farm": response.farm,
        "as_of": instant(response.as_of),
        "servers": list(response.servers),
        "facts": [
            {
                "kind": row.kind,
                "context": CONTEXT_NAMES[row.context],
                "key": row.key,
                "differs": row.differs,
                "expectation": row.expectation or None,
                "meaning": row.meaning or None,
                "severity": SEVERITIES.get(row.severity),
                "values": [{"server": v.server, "state": v.state, "text": v.text, "odd": v.odd} for v in row.values],
            }
            for row in response.facts
        ],
    }


VERB = Verb(
    name="compare",
    help="what some servers have and others have not",
    description=(
        "Compares the facts of servers; the odd ones out are coloured. Says what is expected of them\n"
        "(equal, may differ, must differ) and what a difference means: a certificate that one server lacks\n"
        "matters where a user's chain needs it. docs/between-servers.md has the whole table.\n"
        "Examples: farmsight compare --role wap --kind store-certificate\n"
        "          farmsight compare WAP01@yesterday WAP01      farmsight compare sts.contoso.com sts.fabrikam.com"
    ),
    add_arguments=_arguments,
    run=_run,
)
