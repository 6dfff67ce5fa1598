"""The certauth host leads to where the service's name leads."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import certauth_name, service_name
from farmsight_collector.model.endpoints import Seen, bare, seen
from farmsight_collector.model.mode import Mode, need_mode
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look, for each observer, whether certauth leads to other addresses, with another certificate there."""
    yield from blind(farm)
    if need_mode(farm).mode is not Mode.ALTERNATE:
        return
    name, own = certauth_name(farm), service_name(farm)
    plain = [look for look in seen(farm, own, 443) if look.as_client]
    for look in seen(farm, name, 443):
        beside = [one for one in plain if one.observer.name == look.observer.name]
        if look.as_client and beside and look.leaf and _elsewhere(look, beside):
            yield Holds(
                subject=name,
                servers=look.servers,
                title=f"{name} leads to {bare(look.value.address)}, where another certificate is met than on {own}",
                evidence=(look.held, *(one.held for one in beside[:3])),
                remedy=(told("the DNS", f"Give {name} the addresses of {own}, inside and outside"),),
            )


def _elsewhere(look: Seen, beside: list[Seen]) -> bool:
    addresses = {bare(one.value.address) for one in beside}
    leaves = {one.leaf for one in beside if one.leaf}
    return bare(look.value.address) not in addresses and bool(leaves) and look.leaf not in leaves


RULE = Rule(
    code="lb.certauth-elsewhere",
    catalogue=("LB-04",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap", "vantage"}),
    reads=("tls-endpoint", "tls-binding", "adfs-properties", "host"),
    what="certauth.NAME leads to other addresses than NAME, and another certificate is met there.",
    why="Another pool or another site answers: certificate sign-in ends there, though forms sign-in works.",
    remedy="Point certauth.NAME at the same addresses as NAME, in internal and public DNS.",
    check="Resolve both names inside and outside.",
    undo="Set the former record again.",
    source="Configure user certificate authentication in AD FS; that both share their addresses is usual, not required",
    explains=("lb.tls-terminated", "client.certificate-not-asked", "client.endpoint-refuses"),
    on_farm=check,
)
