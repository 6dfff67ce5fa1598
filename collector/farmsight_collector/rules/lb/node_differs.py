"""Behind one name every address answers alike."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from farmsight_collector.correlate.peers import compare
from farmsight_collector.model.bindings import ADFS_APPLICATION, service_name
from farmsight_collector.model.endpoints import Seen, bare, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare, for each observer and path, what the addresses of one name answered."""
    yield from blind(farm)
    for name, port in sorted({(service_name(farm), 443), client_endpoint(farm)}):
        looks: dict[tuple[str, str], dict[str, Seen]] = defaultdict(dict)
        for look in seen(farm, name, port):
            if look.as_client or port == 443:
                looks[look.observer.name, look.value.path][bare(look.value.address)] = look
        for by_address in looks.values():
            yield from _compare(farm, f"{name}:{port}", by_address)


def _compare(farm: Farm, subject: str, looks: dict[str, Seen]) -> Iterator[Verdict]:
    compared = compare({address: _answer(look) for address, look in looks.items()})
    if not compared.differs:
        return
    for address in _odd(farm, looks) or compared.concerned:
        look = looks[address]
        yield Holds(
            subject=subject,
            servers=look.servers,
            title=f"Part of the addresses of {subject} answer differently: users fail every now and then",
            evidence=tuple(looks[a].held for a in sorted(looks)),
            remedy=(
                told("", f"Take {look.servers[0] if look.servers else address} out of the pool until it is repaired."),
            ),
        )


def _odd(farm: Farm, looks: dict[str, Seen]) -> tuple[str, ...]:
    """Return the addresses that are plainly worse than others: no handshake, no request, a stray certificate."""
    bound = Counter(
        str(held.value.certificate_sha1)
        for s in farm.of_role("adfs", "wap")
        for held in s.ask("tls-binding").facts
        if held.value.application_id.lower() == ADFS_APPLICATION
    ).most_common(1)
    usual = bound[0][0] if bound else ""
    for worse in (
        {a for a, look in looks.items() if not look.completed},
        {a for a, look in looks.items() if not look.asks_certificate},
        {a for a, look in looks.items() if look.leaf != usual},
    ):
        if 0 < len(worse) < len(looks):
            return tuple(sorted(worse))
    return ()


def _answer(look: Seen) -> tuple[bool, bool, str, bool]:
    return look.connected, bool(look.completed), look.leaf, look.asks_certificate


RULE = Rule(
    code="lb.node-differs",
    catalogue=("LB-05",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap", "proxy", "vantage"}),
    reads=("tls-endpoint", "tls-binding", "adfs-properties", "host"),
    what="One address behind the farm's name refuses, presents another certificate, or does not ask for one.",
    why="Whether a user can sign in depends on the server that the load balancer picks: it fails now and then.",
    remedy="Take the odd server out of the pool, repair it, put it back.",
    check="Does the rest of the pool carry the load?",
    undo="Put the server back into the pool.",
    source="Comparison of the servers behind one name, as the vantage point sees them",
    on_farm=check,
)
