"""The binding of the service's name on 443 must trust the proxies."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import PROXY_TRUST_STORE, by_name, of_adfs, service_name
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the CTL store of AD FS's binding on 443."""
    binding = by_name(server, service_name(farm), 443)
    if binding is None or not of_adfs((binding,)) or binding.value.ctl_store.lower() == PROXY_TRUST_STORE:
        return
    yield Holds(
        subject=binding.key,
        servers=(server.name,),
        title=f"{server.name}: {binding.key} has the CTL store {binding.value.ctl_store or '(none)'}, "
        "not AdfsTrustedDevices",
        evidence=(binding,),
        remedy=rebind(binding, ctl_store="AdfsTrustedDevices"),
    )


RULE = Rule(
    code="http.ctl-store-on-443",
    catalogue=("HTTP-15",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding",),
    what="AD FS's binding on 443 does not name the CTL store AdfsTrustedDevices.",
    why="The certificates of proxies and registered devices are refused there (events 276, 422).",
    remedy="Delete the binding and add it with sslctlstorename=AdfsTrustedDevices.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="adfsToolbox TestSslBindings; AD FS troubleshooting, WAP trust",
    explains=("wap.health",),
    on_server=check,
)
