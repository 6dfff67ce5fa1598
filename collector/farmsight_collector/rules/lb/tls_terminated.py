"""In front of the farm nothing may end TLS."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare what clients meet with everything that the farm's servers have bound."""
    yield from blind(farm)
    bound, complete = _bound(farm)
    thumbprints = {held.value.certificate_sha1 for held in bound}
    for name, port in sorted({(service_name(farm), 443), client_endpoint(farm)}):
        for look in seen(farm, name, port):
            if look.observer.role in ("wap", "proxy") or not look.leaf or look.leaf in thumbprints:
                continue
            if not complete or _may_be_unseen_proxy(farm, look):
                reason = "not every server that may answer here is known with its bindings"
                yield CannotTell(subject=f"{name}:{port}", reason=reason, probe="http-sys", part="tls-binding")
                continue
            yield Holds(
                subject=f"{name}:{port}",
                servers=look.servers,
                title=f"{look.observer.name} meets a certificate on {name}:{port} that no server of the farm has bound",
                evidence=(look.held, *bound),
                remedy=(
                    told("", f"Pass TCP {port} to {name} through as it is (layer 4); exempt it from TLS inspection."),
                ),
            )


def _bound(farm: Farm) -> tuple[tuple[Held, ...], bool]:
    servers = farm.of_role("adfs", "wap", "proxy")
    answers = [server.ask("tls-binding") for server in servers]
    complete = bool(answers) and all(answer.knowledge is not Knowledge.UNKNOWN for answer in answers)
    return tuple(held for answer in answers for held in answer.facts), complete


def _may_be_unseen_proxy(farm: Farm, look: Seen) -> bool:
    return look.observer.role == "vantage" and look.target is None and not farm.of_role("wap", "proxy")


RULE = Rule(
    code="lb.tls-terminated",
    catalogue=("LB-01", "NET-15"),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap", "proxy", "vantage"}),
    reads=("tls-endpoint", "tls-binding", "host", "adfs-properties"),
    what="Clients meet a certificate on the farm's name that none of its servers has bound.",
    why="A load balancer or an inspecting firewall ends TLS there: the user's certificate never reaches the farm.",
    remedy="Let the farm's names and ports through at layer 4, without termination or inspection.",
    check="Whose certificate do clients see, and which device holds it?",
    undo="Set the former profile of the load balancer again.",
    source="Configure user certificate authentication in AD FS (load balancers); AD FS troubleshooting, WAP trust",
    explains=("client.certificate-not-asked", "client.endpoint-refuses", "lb.node-differs"),
    on_farm=check,
)
