r"""TCP port ranges that Windows keeps from being bound, of both versions of IP.

netsh prints them, and nothing documented lists them: CreatePersistentTcpPort-
Reservation and LookupPersistentTcpPortReservation take a range that the caller
knows already, `ReservedPorts` below Tcpip\Parameters is not what netsh shows
and knows nothing of the ranges that Hyper-V or winnat take while they run,
and MSFT_NetTCPSetting holds the dynamic range, which is no exclusion.
"""

import sys

from farmsight_agent.hosts.evidence.netsh import excluded_ports
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.http.port_ranges import together
from farmsight_agent.hosts.windows.programs import netsh
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only


def exclusions() -> Seen[facts_pb2.PortExclusion]:
    """Return the ranges; raises where either version's can't be read, for a range of one is as closed as of both."""
    found = [
        netsh.shown(excluded_ports.parse, "interface", version, "show", "excludedportrange", "protocol=tcp")
        for version in ("ipv4", "ipv6")
    ]
    return Seen(values=together(one.values for one in found), source="netsh")
