"""What lies below /adfs/ belongs to AD FS."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.http.commands import run
from farmsight_collector.rules.http.registrations import Registered, of_adfs
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict

OWN: Final = frozenset({ADFS_SERVICE, "drs", "appproxysvc", "appproxyctrl"})


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for registrations of a process that is known, and is none of AD FS's or the proxy's own."""
    for port in sorted({443, server_endpoint(farm, server)[1]}):
        for one in of_adfs(server, port):
            yield from _judge(server, one)


def _judge(server: Server, one: Registered) -> Iterator[Verdict]:
    processes = set(one.held.value.process_ids)
    services = [held for held in server.need("service") if held.value.process_id]
    if not processes or any(held.key in OWN and held.value.process_id in processes for held in services):
        return
    others = [held for held in services if held.value.process_id in processes]
    others = others or [h for h in server.ask("listener").facts if h.value.process_id in processes]
    if not others and server.tried("listeners"):
        server.need("listener")  # it may tell what process it is
    if not others:
        numbers = ", ".join(map(str, sorted(processes)))
        reason = f"not known what process {numbers} is, which registered {one.held.key}"
        yield CannotTell(server=server.name, subject=one.held.key, reason=reason, probe="services")
        return
    yield Holds(
        subject=one.held.key,
        servers=(server.name,),
        title=f"{server.name}: {_name(others[0])} has registered {one.held.key}",
        evidence=(one.held, *others[:4]),
        remedy=run(
            server.name, "netsh http show servicestate view=requestq", f"Get-Process -Id {min(processes)} | Format-List"
        ),
    )


def _name(held: Held) -> str:
    value = held.value
    return str(value.name if held.kind == "service" else value.process_name or value.service or value.process_id)


RULE = Rule(
    code="http.url-registered-by-other",
    catalogue=("HTTP-06",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("url-registration", "service", "listener", "tls-binding", "adfs-properties"),
    what="A process that is not AD FS's has registered a URL below /adfs/.",
    why="http.sys hands the requests to that process: users and proxies meet it instead of AD FS (404, 503).",
    remedy="Find the product, move its URL, restart the AD FS service.",
    check="netsh http show servicestate view=requestq: which process holds the URL?",
    source="win32 HTTP documentation, UrlPrefix strings and routing",
    explains=("client.endpoint-refuses", "wap.farm-unreachable", "lb.node-differs"),
    on_server=check,
)
