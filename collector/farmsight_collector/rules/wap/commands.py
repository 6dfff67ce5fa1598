"""How a proxy is set up again. For printing, never for execution.

Source: Install-WebApplicationProxy, cmdlet reference; that the wizard refuses
a proxy that was set up before until ProxyConfigurationStatus is 1, is field
experience.
"""

from farmsight_collector.model.view import Server
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.http.commands import THUMBPRINT, bound_now
from farmsight_collector.rules.rule import Remedy

_REFUSED = (
    "# where it refuses, since it was set up before: "
    "Set-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\ADFS -Name ProxyConfigurationStatus -Value 1"
)


def set_up(server: Server, name: str, options: str = "", *, before: str = "", former: str = "") -> Remedy:
    """Return how the proxy is set up for a federation service.

    `options` are further parameters; `before` is the name and `former` the
    parameters that it was set up with, where that is to be had again.
    """
    look = (
        "Get-WebApplicationProxyConfiguration | Format-List  # keep it",
        f"Resolve-DnsName {quoted(name)}; Test-NetConnection {quoted(name)} -Port 443",
        "w32tm /query /status",
    )
    back = (_install(server, before or name, former),) if before or former else ()
    return powershell(server.name, _install(server, name, options), _REFUSED, check=look, undo=back)


def _install(server: Server, name: str, options: str) -> str:
    parts = (
        f"Install-WebApplicationProxy -CertificateThumbprint {quoted(bound_now(server) or THUMBPRINT)}",
        f"-FederationServiceName {quoted(name)}",
        options,
        "-FederationServiceTrustCredential (Get-Credential)",
    )
    return " ".join(part for part in parts if part)
