"""The binding that asks users for certificates must not offer the proxies' issuers."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import PROXY_TRUST_STORE, serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at the CTL store of the binding that serves the certificate port."""
    binding = serving(server, *server_endpoint(farm, server))
    if binding is None or binding.value.ctl_store.lower() != PROXY_TRUST_STORE:
        return
    yield Holds(
        subject=binding.key,
        servers=(server.name,),
        title=f"{server.name}: {binding.key} offers the issuers of AdfsTrustedDevices instead of the users' CAs",
        evidence=(binding,),
        remedy=rebind(binding, ctl_store="", negotiate_client_certificate=True),
    )


RULE = Rule(
    code="http.ctl-store-on-client-binding",
    catalogue=("HTTP-14",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "adfs-properties"),
    what="The binding for user certificates names the CTL store AdfsTrustedDevices.",
    why="The server then offers only issuers of proxy and device certificates; clients find no certificate to send.",
    remedy="Delete the binding and add it without sslctlstorename (or with a store of the users' CAs).",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="Microsoft Japan support, AD FS certificate authentication troubleshooting",
    explains=("tls.issuer-list-lacks-ca", "client.endpoint-refuses"),
    on_server=check,
)
