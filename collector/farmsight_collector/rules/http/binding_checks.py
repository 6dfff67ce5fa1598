"""Unusual checks on the binding for user certificates."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.http.commands import rebind
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the DS mapper being on, or the usage check being off."""
    binding = serving(server, *server_endpoint(farm, server))
    if binding is None:
        return
    value = binding.value
    odd = ["the DS mapper is on"] if value.ds_mapper else []
    if value.HasField("usage_check") and not value.usage_check:
        odd.append("the usage check is off")
    if odd:
        yield Holds(
            subject=binding.key,
            servers=(server.name,),
            title=f"{server.name}: on {binding.key} {' and '.join(odd)}",
            evidence=(binding,),
            remedy=rebind(binding, ds_mapper=False, usage_check=True),
        )


RULE = Rule(
    code="http.binding-checks",
    catalogue=("HTTP-18",),
    severity=Severity.INFO,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "adfs-properties"),
    what="The binding for user certificates maps in http.sys, or does not check what a certificate is for.",
    why="Mapping in http.sys can refuse users before AD FS sees them; without the usage check any certificate passes.",
    remedy="Delete the binding and add it with the defaults.",
    check="netsh http show sslcert of this binding: keep the output, the binding is made anew.",
    undo="Delete the binding and add it with the values that were kept.",
    source="win32 HTTP documentation, HTTP_SERVICE_CONFIG_SSL_PARAM and netsh add sslcert",
    on_server=check,
)
