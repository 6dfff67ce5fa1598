"""No published application has the federation service's name."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import certauth_name, service_name
from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

_PUT = "Set-WebApplicationProxyApplication -ID $app.ID"


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the hosts of published applications with the farm's names."""
    for held in server.need("wap-application"):
        host = host_of(held.value.external_url)
        if host in (service_name(farm), certauth_name(farm)):
            yield Holds(
                subject=held.value.name or held.key,
                servers=(server.name,),
                title=f"{server.name} publishes {held.value.name or held.key} on the farm's own name: "
                f"{held.value.external_url}",
                evidence=(held,),
                remedy=(
                    powershell(
                        server.name,
                        f"{_PUT} -ExternalUrl 'https://A-NAME-OF-ITS-OWN/'",
                        check=(
                            f"$app = Get-WebApplicationProxyApplication -Name {quoted(held.value.name)}",
                            "$app | Format-List  # keep it",
                        ),
                        undo=(f"{_PUT} -ExternalUrl {quoted(held.value.external_url)}",),
                    ),
                ),
            )


RULE = Rule(
    code="wap.application-on-farm-name",
    catalogue=("WAP-09",),
    severity=Severity.WARNING,
    roles=frozenset({"wap"}),
    reads=("wap-application", "adfs-properties"),
    what="An application is published on the federation service's name, or on the certauth host.",
    why="Requests for AD FS may end at the application instead.",
    remedy="Publish the application on a host name of its own.",
    check="Get-WebApplicationProxyApplication of the application: keep the output; who uses it?",
    undo="Set-WebApplicationProxyApplication with the former external URL.",
    source="Web Application Proxy, publishing applications; that it takes AD FS's requests is belief",
    explains=("client.endpoint-refuses",),
    on_server=check,
)
