"""http.sys listens on the addresses that clients use."""

import ipaddress
from collections.abc import Iterator

from farmsight_collector.model.bindings import WILDCARDS, addresses_of
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import argument, powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the list with the server's own addresses; an empty one restricts nothing."""
    held = server.need("ip-listen")
    listed = {one.value.address.strip().lower() for one in held}
    if not listed or listed & WILDCARDS:
        return
    hosts = server.need("host")
    own = {address for address in addresses_of(server) if not _local_only(address)}
    if not own:
        yield CannotTell(server=server.name, reason="the server's own addresses are not known", probe="host")
        return
    left_out = sorted(own - listed)
    if not left_out:
        return
    reached = own & listed
    yield Holds(
        subject=", ".join(sorted(listed)),
        servers=(server.name,),
        title=f"{server.name}: http.sys listens on {', '.join(sorted(listed))} only, not on {', '.join(left_out)}",
        evidence=(*held, *hosts),
        remedy=(
            powershell(
                server.name,
                *(f"netsh http add iplisten {argument('ipaddress', address)}" for address in left_out),
                "Restart-Service adfssrv  # or delete each address of the list, which takes the restriction away",
                check=("netsh http show iplisten",),
                undo=(f"netsh http delete iplisten {argument('ipaddress', address)}" for address in left_out),
            ),
        ),
        severity=Severity.WARNING if reached else None,
    )


def _local_only(address: str) -> bool:
    """Tell whether other machines reach nothing by such an address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    return parsed.is_loopback or parsed.is_link_local


RULE = Rule(
    code="http.listen-list",
    catalogue=("HTTP-26",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("ip-listen", "host"),
    what="The IP listen list of http.sys leaves addresses of the server out; with all of them out it is an error.",
    why="A list that is not empty restricts http.sys to its addresses: AD FS is not reached on any other.",
    remedy="Add the missing addresses, or empty the list.",
    check="netsh http show iplisten: keep the output; who restricted it, and for which site?",
    undo="netsh http delete iplisten for each address that was added.",
    source="netsh http add iplisten; win32 HTTP documentation, HTTP_SERVICE_CONFIG_IP_LISTEN_PARAM",
    explains=("client.port-unreachable", "wap.farm-unreachable", "lb.node-differs", "lb.publishes-443-only"),
    on_server=check,
)
