"""What stands in place of a WAP hands the user's certificate on."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.bindings import certauth_name, host_of, is_wildcard, service_name
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict

# Reverse proxies that do not speak MS-ADFSPIP, by which a proxy vouches for the certificate it saw.
WITHOUT: Final = frozenset({"nginx", "haproxy"})


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a TLS server of such a product on the farm's names: there TLS ends, and the certificate with it."""
    ending = [held for held in server.need("tls-binding") if _of_farm(farm, held)]
    for held in ending:
        product = held.value.product
        if product in WITHOUT:
            yield Holds(
                subject=f"{product} on {server.name}",
                servers=(server.name,),
                title=f"{server.name} ends TLS for {held.key} with {product}, which does not speak MS-ADFSPIP",
                evidence=(held,),
                remedy=(
                    told(server.name, "Pass the farm's names and ports through at layer 4, or put a WAP in its place"),
                ),
            )
        else:
            reason = f"not known whether {product or 'this product'} speaks MS-ADFSPIP"
            yield CannotTell(server=server.name, subject=held.key, reason=reason, probe="http-sys")


def _of_farm(farm: Farm, held: Held) -> bool:
    names = {service_name(farm), certauth_name(farm)}
    return held.value.port in (443, client_endpoint(farm)[1]) and (host_of(held) in names or is_wildcard(held))


RULE = Rule(
    code="wap.third-party-proxy",
    catalogue=("WAP-05",),
    severity=Severity.ERROR,
    roles=frozenset({"proxy"}),
    reads=("tls-binding", "adfs-properties"),
    what="A reverse proxy that does not speak MS-ADFSPIP ends TLS for the farm's names in place of a WAP.",
    why="The user's certificate ends at the proxy: AD FS never sees it, and certificate sign-in can't come about.",
    remedy="Use a WAP or a product that conforms to MS-ADFSPIP, or pass the connections through as they are.",
    check="Does the product conform to MS-ADFSPIP, and does it relay client certificates?",
    undo="Set the former publication again.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 1; MS-ADFSPIP",
    explains=("client.certificate-not-asked", "client.endpoint-refuses", "lb.tls-terminated", "wap.tls-terminated"),
    on_server=check,
)
