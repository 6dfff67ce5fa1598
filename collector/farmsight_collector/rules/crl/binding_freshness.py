"""A binding has revocation times of its own."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity


def check(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield when freshness time or URL retrieval timeout of the binding for users' certificates is set."""
    binding = serving(server, *server_endpoint(farm, server))
    if binding is None:
        return
    freshness, timeout = binding.value.revocation_freshness_s, binding.value.url_retrieval_timeout_ms
    said = [f"freshness {freshness} s"] if freshness else []
    said += [f"URL retrieval timeout {timeout} ms"] if timeout else []
    if said:
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"{binding.key} has revocation settings of its own: {', '.join(said)}",
            evidence=(binding,),
            remedy=rebind(binding, revocation_freshness_s=0, url_retrieval_timeout_ms=0),
        )


RULE = Rule(
    code="crl.binding-freshness",
    catalogue=("CRL-31",),
    severity=Severity.INFO,
    roles=ADFS | {"wap"},
    reads=("tls-binding", "adfs-properties"),
    what="The http.sys binding for client certificates sets a revocation freshness time or a URL retrieval timeout.",
    why="A short timeout makes slow CRLs fail on this binding alone; a freshness time overrides the CRL's own end.",
    remedy="Add the binding again with both at 0, the default.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="netsh http add sslcert, revocationfreshnesstime and urlretrievaltimeout",
    on_server=check,
)
