"""Commands about names, clocks and proxies. For printing, never for execution."""

import shlex
from collections.abc import Iterable

from farmsight_collector.model.view import Held, Server
from farmsight_collector.rules.commands import argument, on_windows, one_line, powershell, quoted, sh
from farmsight_collector.rules.rule import Remedy


def resolve(server: Server, name: str) -> Remedy:
    """Return how to see what this server makes of a name, and whom it asks."""
    if not on_windows(server):
        return sh(server.name, f"getent ahosts {shlex.quote(one_line(name))}", "cat /etc/resolv.conf")
    return powershell(
        server.name,
        f"Resolve-DnsName -Name {quoted(name)}",
        "Get-DnsClientServerAddress -AddressFamily IPv4  # compare with a server that resolves it",
    )


def set_clock(server: Server) -> Remedy:
    """Return how to bring a clock back to its source of time."""
    if not on_windows(server):
        return sh(server.name, "sudo chronyc makestep", check=("chronyc tracking", "timedatectl"))
    return powershell(
        server.name,
        "w32tm /resync /rediscover",
        "w32tm /query /source",
        check=("w32tm /query /status", "w32tm /query /configuration  # keep it"),
    )


def set_proxy(server: str, proxy: str, bypass: Iterable[str], before: Held | None) -> Remedy:
    """Return how the machine's proxy is set; `before` is the WinHTTP setting that is there now, if one is known."""
    put = "netsh winhttp set proxy"
    if before is not None and before.value.proxy:
        back = f"{put} {_arguments(before.value.proxy, before.value.bypass)}"
    else:
        back = "netsh winhttp reset proxy  # where the check showed direct access; else what it showed"
    return powershell(
        server,
        f"{put} {_arguments(proxy, bypass)}",
        check=("netsh winhttp show proxy  # keep it",),
        undo=(back,),
    )


def _arguments(proxy: str, bypass: Iterable[str]) -> str:
    listed = ";".join(bypass)
    return argument("proxy-server", proxy) + (f" {argument('bypass-list', listed)}" if listed else "")
