"""A server gets no connection to a host that serves CRLs, OCSP or CA certificates."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from farmsight_collector.model.view import Farm, UnknownFactError
from farmsight_collector.model.words import names
from farmsight_collector.pki.outcomes import words
from farmsight_collector.pki.revocation import Fetched, cached_copy
from farmsight_collector.pki.told import by_tool
from farmsight_collector.rules.commands import on_windows, one_line, powershell, quoted, sh, told
from farmsight_collector.rules.network.name_not_resolved import host_of
from farmsight_collector.rules.network.way import FETCHES_FAIL
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Remedy, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetch_severity, fetches, unreachable_entries
from farmsight_wire.v1 import facts_pb2 as f

_FULL: Final = {  # as heavy as the fetch itself that fails
    f.RETRIEVAL_PURPOSE_CRL: Severity.CRITICAL,
    f.RETRIEVAL_PURPOSE_DELTA: Severity.ERROR,
    f.RETRIEVAL_PURPOSE_OCSP: Severity.WARNING,
    f.RETRIEVAL_PURPOSE_AIA: Severity.WARNING,
}
_NO_CONNECTION: Final = frozenset(
    {
        f.RETRIEVAL_OUTCOME_REFUSED,
        f.RETRIEVAL_OUTCOME_UNREACHABLE,
        f.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT,
        f.RETRIEVAL_OUTCOME_RESET,
    }
)
_NOT_TRIED: Final = frozenset({f.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME, f.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE})
_PORTS: Final = {"https": 443, "ldap": 389, "ldaps": 636, "file": 445}


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each host to which every fetch of a server's account fails before a request could be sent."""
    failing: dict[str, list[Fetched]] = defaultdict(list)
    reached: dict[str, set[str]] = defaultdict(set)
    for server in farm.of_role(*sorted(SIGN_IN)):
        tried: dict[tuple[str, str], list[Fetched]] = defaultdict(list)
        try:
            for one in fetches(farm, server, *_FULL):
                if isinstance(one, CannotTell):
                    yield one
                elif one.value.outcome not in _NOT_TRIED and "//" not in (host := host_of(_last_url(one.value))):
                    tried[one.context, host].append(one)
        except UnknownFactError as error:
            yield CannotTell(server=server.name, reason=error.reason, probe=error.probe)
        for (_, host), its in tried.items():
            if all(_no_connection(one.value) for one in its) or _silent(its):
                failing[host] += its
            elif any((one.ok or one.value.http_status) and not one.value.proxy for one in its):
                reached[host].add(server.name)
    for host, its in sorted(failing.items()):
        yield _holds(farm, host, its, sorted(reached[host]))


def _last_url(value: f.Retrieval) -> str:
    """Return the URL that was asked last: redirects lead from host to host."""
    return value.hops[-1].url if value.hops else value.url


def _no_connection(value: f.Retrieval) -> bool:
    """Tell whether the host itself took no connection; of what a proxy met there is nothing to be said."""
    answered = value.http_status or (value.hops and value.hops[-1].http_status)
    return value.outcome in _NO_CONNECTION and not value.proxy and not answered


def _silent(its: Sequence[Fetched]) -> bool:
    """Tell whether, by the platform's tool, none of several URLs answered in time.

    Its code does not say whether a connection came about (WinHTTP's 12002):
    a firewall that drops what is sent shows in no other way.
    """
    urls = {one.value.url for one in its if by_tool(one.value)}
    waited = f.RETRIEVAL_OUTCOME_TIMED_OUT
    return len(urls) > 1 and all(one.value.outcome == waited or _no_connection(one.value) for one in its)


def _holds(farm: Farm, host: str, failing: Sequence[Fetched], reached: Sequence[str]) -> Holds:
    by_server: dict[str, list[Fetched]] = defaultdict(list)
    for one in failing:
        by_server[one.server.name].append(one)
    alike: dict[str, list[str]] = defaultdict(list)
    for name, its in sorted(by_server.items()):
        alike[f"({', '.join(sorted({one.context for one in its}))}): {_said(its)}"].append(name)
    where = "; ".join(f"{names(servers)} {how}" for how, servers in alike.items())
    others = [f"{name} by other accounts" if name in by_server else name for name in reached]
    who = f"{names(others)} can" if reached else "nobody can"
    return Holds(
        subject=host,
        servers=tuple(by_server),
        contexts=tuple({one.context for one in failing}),
        title=f"{host} can't be reached from {where}; {who}",
        evidence=tuple(one.held for one in failing),
        remedy=_remedy(farm, host, by_server, reached),
        severity=max(_severity(farm, one) for one in failing),
        why=f"{RULE.why} {_whose(by_server, reached)}",
        catalogue=unreachable_entries(*{one.context for one in failing}),
    )


def _said(failing: Sequence[Fetched]) -> str:
    return ", ".join(sorted({words(one.value) for one in failing}))


def _severity(farm: Farm, one: Fetched) -> Severity:
    full = _FULL[one.value.purpose]
    return fetch_severity(one, min(full, Severity.ERROR) if cached_copy(farm, one) else full)


def _whose(failing: Mapping[str, object], reached: Sequence[str]) -> str:
    mixed = sorted(set(failing) & set(reached))
    if mixed:
        return f"On {names(mixed)} other accounts get there: a rule for the account is in the way."
    if reached:
        return f"The host is well, for {names(reached)} can reach it: the route or a firewall is in the way."
    return "No server that tried can reach it: the host, its web server or the network before it is down."


def _remedy(
    farm: Farm, host: str, failing: Mapping[str, Sequence[Fetched]], reached: Sequence[str]
) -> tuple[Remedy, ...]:
    ports = sorted({_port(_last_url(one.value)) for its in failing.values() for one in its})
    tests = [f"Test-NetConnection -ComputerName {quoted(host)} -Port {p} -InformationLevel Detailed" for p in ports]
    look = (
        f"Test-NetConnection -ComputerName {quoted(host)} -DiagnoseRouting",
        "Get-NetFirewallProfile | Format-Table 'Name', 'Enabled', 'DefaultOutboundAction'",
        "Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True | Format-Table 'DisplayName', 'Profile'",
    )
    there = told(host, f"Look whether the web server runs and listens on port {', '.join(map(str, ports))}")
    theirs = [f"nc -vz -w 10 {shlex.quote(one_line(host))} {port}" for port in ports]
    tried = (
        powershell(name, *tests, *look) if on_windows(farm.server(name)) else sh(name, *theirs)
        for name in sorted(failing)
    )
    return (*tried, *(() if reached else (there,)))


def _port(url: str) -> int:
    try:
        parts = urlsplit(url)
        return parts.port or _PORTS.get(parts.scheme.lower(), 80)
    except ValueError:
        return 80


RULE = Rule(
    code="network.host-unreachable",
    catalogue=("CRL-01", "CRL-02", "CRL-03"),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("retrieval", "url-cache", "store-certificate", "entra-authority"),
    what=(
        "An account of a server gets no connection to a host that serves CRLs, OCSP or CA certificates,"
        " or no answer for any of its URLs."
    ),
    why="Nothing of that host can be fetched: what only it serves is missing when certificates are checked.",
    remedy="Open route and firewall from this server to the host, or start the host's web server.",
    check="Test the connection from a server that works: is it the way or the host?",
    undo="Take back the rule that was made for it.",
    source="Microsoft KB 4032987 (CRL endpoints must be reachable from every AD FS and WAP server)",
    explains=(
        *FETCHES_FAIL,
        "crl.fetches-too-long",
    ),
    on_farm=check,
)
