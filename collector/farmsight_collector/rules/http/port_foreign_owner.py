"""The certificate port must belong to http.sys."""

from collections.abc import Iterator

from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

SYSTEM_PROCESS = 4  # http.sys listens in the kernel, under the System process


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a listener of another process. Elsewhere than on Windows there is no http.sys."""
    port = server_endpoint(farm, server)[1]
    hosts = server.need("host")
    if not any("windows" in held.value.os_name.lower() for held in hosts):
        return
    for held in server.need("listener"):
        value = held.value
        system = value.process_id in (0, SYSTEM_PROCESS) or value.process_name.lower() in ("system", "")
        if value.port != port or system:
            continue
        yield Holds(
            subject=f"port {port}",
            servers=(server.name,),
            title=f"{server.name}: {value.process_name} (process {value.process_id}) holds {held.key}",
            evidence=(held,),
            remedy=(
                powershell(
                    server.name,
                    f"Stop-Process -Id {value.process_id}; Restart-Service adfssrv",
                    check=(f"Get-Process -Id {value.process_id} | Format-List 'Name', 'Path', 'StartTime'",),
                ),
            ),
        )


RULE = Rule(
    code="http.port-foreign-owner",
    catalogue=("HTTP-06",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("listener", "host", "adfs-properties"),
    what="Another process than http.sys listens on the port that asks for client certificates.",
    why="Clients meet that process instead of AD FS, and AD FS may not be able to open the port at all.",
    remedy="Find out what the process is, move it to another port, restart the AD FS service.",
    check="What is the process, and who needs it?",
    undo="Start the program again, on another port.",
    source="adfsToolbox SSLUsingADFSPort; GetExtendedTcpTable names System for http.sys",
    explains=("http.url-not-registered", "client.certificate-not-asked", "client.endpoint-refuses", "lb.node-differs"),
    on_server=check,
)
