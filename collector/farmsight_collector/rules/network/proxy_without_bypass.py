"""A proxy stands in the way to the farm, or to internal hosts."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.model.words import names
from farmsight_collector.pki.outcomes import NOT_FETCHED
from farmsight_collector.pki.told import by_tool, plain
from farmsight_collector.rules.network.commands import set_proxy
from farmsight_collector.rules.network.name_not_resolved import host_of
from farmsight_collector.rules.network.way import FETCHES_FAIL, by_http, each_account
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2 as f


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each WinHTTP proxy without a bypass for the farm (on a WAP), or for a URL that fails through it."""

    def judge(_context: str, settings: tuple[Held, ...]) -> Iterator[Verdict]:
        for held in settings:
            if held.key == "winhttp" and held.value.proxy and not held.value.direct:
                yield from _judged(farm, server, held)

    yield from each_account(server, judge)


def _judged(farm: Farm, server: Server, held: Held) -> Iterator[Verdict]:
    yield from unseen((server,), "retrieval", context=held.context, named=True)
    failing = [
        row
        for row in server.ask("retrieval", context=held.context).facts
        if _through(farm, server, row) and plain(row.value).outcome in NOT_FETCHED
        if not bypassed(host_of(row.value.url), held)
    ]
    hosts = {host_of(row.value.url): row for row in failing}
    if server.role == "wap" and not bypassed(farm.name.lower(), held):
        hosts = {farm.name.lower(): held, **hosts}
    if hosts:
        yield Holds(
            subject=", ".join(hosts),
            servers=(server.name,),
            contexts=(held.context,) if held.context else (),
            title=f"The WinHTTP proxy {held.value.proxy} has no bypass for {names(list(hosts))}",
            evidence=(held, *(row for row in hosts.values() if row is not held)),
            remedy=(set_proxy(server.name, held.value.proxy, [*held.value.bypass, *hosts], held),),
        )


def _through(farm: Farm, server: Server, row: Held) -> bool:
    """Tell whether a fetch went through the proxy.

    The platform's tool does not say which way it went. Where it was answered
    for, or asked in vain, and a server without a proxy gets the same, it did.
    """
    if row.value.proxy or not by_tool(row.value) or not by_http(row.value.url):
        return bool(row.value.proxy)
    direct = (other for other in farm.of_role("adfs", "wap") if other is not server and _without_proxy(other))
    asked = (other.ask("retrieval", context=c) for other in direct for c in other.contexts("retrievals"))
    alike = (one.value for answer in asked for one in answer.facts if one.value.url == row.value.url)
    return any(plain(one).outcome == f.RETRIEVAL_OUTCOME_OK for one in alike)


def _without_proxy(server: Server) -> bool:
    rows = [h for c in server.contexts("proxy-settings") for h in server.ask("proxy-setting", context=c).facts]
    return bool(rows) and not any(row.value.proxy for row in rows)


def bypassed(host: str, held: Held) -> bool:
    """Tell whether a bypass list exempts a host: patterns with *, `<local>` for names without dots."""
    entries = [part.strip().lower() for entry in held.value.bypass for part in entry.split(";")]
    for entry in filter(None, entries):
        pattern = entry.partition("://")[2] or entry
        pattern = pattern.rpartition(":")[0] if pattern.rpartition(":")[2].isdigit() and ":" in pattern else pattern
        if (entry == "<local>" and "." not in host) or fnmatchcase(host, pattern.replace("[", "[[]")):
            return True
    return False


RULE = Rule(
    code="network.proxy-without-bypass",
    catalogue=("NET-01",),
    severity=Severity.ERROR,
    roles=ADFS | {"wap"},
    reads=("proxy-setting", "retrieval"),
    what=(
        "A WinHTTP proxy is set without a bypass for the farm's name on a WAP, or for a host that fails"
        " through the proxy."
    ),
    why=(
        "Requests to internal hosts go to a proxy that can't reach them: CRLs answer 502 or 403, and a WAP loses AD FS."
    ),
    remedy="Add the farm's name and the internal CRL hosts to the bypass list.",
    check="netsh winhttp show proxy: keep the output.",
    undo="netsh winhttp set proxy with the values that were kept.",
    source="Microsoft KB 2623724; Microsoft Japan support on AD FS certificate authentication",
    explains=(
        *FETCHES_FAIL,
        "crl.needs-authentication",
        "network.host-unreachable",
        "network.name-not-resolved",
        "network.proxy-differs",
        "wap.farm-unreachable",
        "wap.health",
    ),
    on_server=check,
)
