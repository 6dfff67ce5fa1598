"""Where load balancers probe without TLS, AD FS answers."""

from collections.abc import Iterator

from farmsight_collector.model.endpoints import bare, owner
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import on_windows, powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2

PORT, PATH = 80, "/adfs/probe"
_CLOSED = {
    facts_pb2.TCP_OUTCOME_REFUSED: "refuses the connection",
    facts_pb2.TCP_OUTCOME_TIMED_OUT: "takes no connection in time",
    facts_pb2.TCP_OUTCOME_UNREACHABLE: "is not reachable",
}


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at every view of http://ADDRESS/adfs/probe: a server of the farm has to answer it with 200."""
    yield from unseen(farm, "host")
    for observer in farm.servers:
        answer = observer.ask("tls-endpoint")
        yield from unseen((observer,), "tls-endpoint")
        for held in answer.facts:
            value = held.value
            if not value.plain_http or value.port != PORT or not value.path.lower().startswith(PATH):
                continue
            target = owner(farm, bare(value.address))
            said = _fault(held)
            if said and target is not None and on_windows(target):
                yield Holds(
                    subject=f"{target.name}{PATH}",
                    servers=(target.name,),
                    title=f"{target.name} {said} at http port {PORT}{PATH}, seen from {observer.name}",
                    evidence=(held, *_reserved(target.ask("url-reservation").facts)),
                    remedy=(
                        powershell(
                            target.name,
                            "Restart-Service adfssrv  # it registers the URL; port 80 must be let in",
                            check=(
                                "netsh http show urlacl url=http://+:80/adfs/",
                                "Get-NetTCPConnection -State Listen -LocalPort 80",
                            ),
                        ),
                    ),
                )
            elif said == "" and value.tcp == facts_pb2.TCP_OUTCOME_UNSPECIFIED:
                yield CannotTell(reason=f"nobody tried {held.key}", probe="tls-endpoints")


def _fault(held: Held) -> str:
    value = held.value
    if value.tcp in _CLOSED:
        return _CLOSED[value.tcp]
    answered = value.http == facts_pb2.HTTP_OUTCOME_ANSWERED and value.http_status != 200
    return f"answers {value.http_status}" if answered else ""


def _reserved(rows: tuple[Held, ...]) -> tuple[Held, ...]:
    return tuple(held for held in rows if held.key.lower().startswith("http://") and ":80/adfs" in held.key.lower())


RULE = Rule(
    code="lb.probe-unreachable",
    catalogue=("LB-07",),
    severity=Severity.INFO,
    roles=frozenset({"adfs", "wap", "vantage"}),
    reads=("tls-endpoint", "host", "url-reservation"),
    what="A server does not answer http://SERVER/adfs/probe on port 80, where load balancers ask without TLS.",
    why="A load balancer that probes there takes the server for dead; one that probes otherwise does not mind.",
    remedy="Let port 80 in, and restart AD FS, which reserves and registers the URL; or probe by TLS with the name.",
    check="Where does the load balancer probe, and which nodes does it hold for down?",
    source="AD FS load balancer requirements; what the probe needs is field experience",
    on_farm=check,
)
