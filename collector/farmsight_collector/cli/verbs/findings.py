"""`farmsight findings`: what is wrong, why, and what to do."""

import argparse

from farmsight_collector.cli.findings_output import SEVERITY_BY_WORD, document, exit_code, print_findings
from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.rules.catalogue import RULES
from farmsight_wire.v1 import query_pb2


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--severity", choices=list(SEVERITY_BY_WORD), help="only this severity and above")
    parser.add_argument("--code", help="only this code, or a theme such as 'crl.'")
    parser.add_argument("--server", help="only findings that name this server")
    parser.add_argument("-v", "--verbose", action="store_true", help="with the reason, the remedy and the evidence")
    add_fail_on(parser)


def add_fail_on(parser: argparse.ArgumentParser) -> None:
    """Add the option that decides the exit code."""
    parser.add_argument(
        "--fail-on",
        choices=[*SEVERITY_BY_WORD, "never"],
        default="error",
        help="exit with 1 when a finding is at or above this severity (default: error)",
    )


def ask(asking: Asking) -> query_pb2.ListFindingsResponse:
    """Return all pages of the answer as one."""
    arguments = asking.arguments
    request = query_pb2.ListFindingsRequest(
        scope=asking.scope(),
        at_least=SEVERITY_BY_WORD.get(arguments.severity or "", query_pb2.SEVERITY_UNSPECIFIED),
        code=arguments.code or "",
        server=arguments.server or "",
    )
    whole = asking.stub.ListFindings(request)
    token = whole.next_page_token
    while token:
        request.page_token = token
        page = asking.stub.ListFindings(request)
        whole.findings.extend(page.findings)
        token = page.next_page_token
    return whole


def _run(asking: Asking) -> int:
    _known_code(asking.arguments.code)
    response = ask(asking)
    _known_server(asking.arguments.server, [server.name for server in response.servers])
    if asking.arguments.json:
        asking.out.json(document(response))
    else:
        print_findings(asking.out, response, details=asking.arguments.verbose)
    return exit_code(response.findings, asking.arguments.fail_on)


def _known_code(code: str | None) -> None:
    """Refuse a code that no rule has: "no findings" would be no answer to it."""
    if code and not any(rule.code == code or rule.code.startswith(code.rstrip(".") + ".") for rule in RULES):
        raise InputError(f"there is no rule '{code}'; 'farmsight explain' lists them all")


def _known_server(server: str | None, names: list[str]) -> None:
    if server and server.lower() not in {name.lower() for name in names}:
        raise InputError(f"the farm has no server {server}; it has {', '.join(sorted(names)) or 'none'}")


VERB = Verb(
    name="findings",
    help="what is wrong, why, and what to do",
    description=(
        "Lists causes first, most severe first, with their symptoms folded under them.\n"
        "-v shows why, the exact commands to run, and the facts that prove it."
    ),
    add_arguments=_arguments,
    run=_run,
)
