"""AD FS is of a version that supports certificate sign-in to Entra."""

import re
from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the Windows version with 6.3 (2012 R2)."""
    for held in server.need("host"):
        version = re.match(r"(\d+)\.(\d+)", held.value.os_version)
        windows = "windows" in held.value.os_name.lower()
        if windows and version and (int(version[1]), int(version[2])) < (6, 3):
            yield Holds(
                subject=held.value.os_version,
                servers=(server.name,),
                title=f"{server.name} runs {held.value.os_name}, which is older than Windows Server 2012 R2",
                evidence=(held,),
                remedy=(told(server.name, "Add nodes on a supported Windows Server and retire this one."),),
            )


RULE = Rule(
    code="adfs.too-old",
    catalogue=("ADFS-09",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("host",),
    what="The server is older than Windows Server 2012 R2.",
    why="AD FS before 2012 R2 does not support certificate sign-in to Entra.",
    remedy="Upgrade the farm.",
    check="Get-AdfsFarmInformation, or the versions of all nodes; back up the farm's configuration.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 1",
    on_server=check,
)
