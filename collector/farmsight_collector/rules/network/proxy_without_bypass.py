"""A proxy stands in the way to the farm, or to internal hosts."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.network.commands import set_proxy
from farmsight_collector.rules.network.name_not_resolved import host_of
from farmsight_collector.rules.network.way import FETCHES_FAIL, each_account
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen


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
        if row.value.proxy and plain(row.value).outcome in NOT_FETCHED and not bypassed(host_of(row.value.url), held)
    ]
    hosts = {host_of(row.value.url): row for row in failing}
    if server.role == "wap" and not bypassed(farm.name.lower(), held):
        hosts = {farm.name.lower(): held, **hosts}
    for host, evidence in hosts.items():
        yield Holds(
            subject=host,
            servers=(server.name,),
            contexts=(held.context,) if held.context else (),
            title=f"The WinHTTP proxy {held.value.proxy} has no bypass for {host}",
            evidence=(held,) if evidence is held else (held, evidence),
            remedy=(set_proxy(server.name, held.value.proxy, [*held.value.bypass, host], held),),
        )


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
        "network.proxy-differs",
        "wap.farm-unreachable",
        "wap.health",
    ),
    on_server=check,
)
