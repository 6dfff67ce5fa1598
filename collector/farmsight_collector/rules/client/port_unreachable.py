"""Clients must reach the port that asks for their certificate."""

from collections.abc import Iterator

from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import on_windows, powershell, told
from farmsight_collector.rules.rule import Holds, Remedy, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for connections, the way that clients come, that were refused or ran into the void."""
    yield from blind(farm)
    name, port = client_endpoint(farm)
    for look in seen(farm, name, port):
        if look.as_client and look.unreachable:
            where = look.target.name if look.target else look.value.address
            yield Holds(
                subject=f"{name}:{port}",
                servers=look.servers,
                title=f"{name}:{port} is not reachable at {where}, seen from {look.observer.name}",
                evidence=(look.held,),
                remedy=_remedy(look, port),
            )


def _remedy(look: Seen, port: int) -> tuple[Remedy, ...]:
    if look.target is not None and not on_windows(look.target):
        return (told(look.target.name, f"Let TCP {port} in on its firewall, and look whether it listens there"),)
    if look.target is None:
        text = f"Open TCP {port} on the firewalls and the load balancer in front of {look.value.address}."
        return (told("", text),)
    rule = f"-Direction Inbound -Protocol TCP -LocalPort {port} -Action Allow"
    return (
        powershell(
            look.target.name,
            f"New-NetFirewallRule -DisplayName 'AD FS {port}' {rule}",
            check=(
                f"Get-NetTCPConnection -State Listen -LocalPort {port}",
                f"Get-NetFirewallPortFilter | Where-Object LocalPort -eq {port} | Get-NetFirewallRule",
            ),
            undo=(f"Remove-NetFirewallRule -DisplayName 'AD FS {port}'",),
        ),
    )


RULE = Rule(
    code="client.port-unreachable",
    catalogue=("NET-07", "NET-08", "CLIENT-06"),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap", "vantage"}),
    reads=("tls-endpoint", "tls-binding", "adfs-properties", "host"),
    what="TCP connections to the place that asks for client certificates do not come about.",
    why='The browser is sent there after "sign in using a certificate" and gets no answer: no prompt, a time-out.',
    remedy="Open the port on firewalls, load balancers and the server; or move the farm to certauth on 443.",
    check="Does the server listen on the port? Which device on the way refuses?",
    undo="Remove-NetFirewallRule of the rule that was made, or close the port again.",
    source="Microsoft KB 4032987, portal step 3.2 and AD FS and WAP configuration, steps 6 and 7",
    explains=("client.endpoint-refuses", "lb.node-differs"),
    on_farm=check,
)
