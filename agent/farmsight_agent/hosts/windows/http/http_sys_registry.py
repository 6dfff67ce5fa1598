"""What http.sys keeps of its configuration in the registry: the second source, for where it can't be asked itself.

The registry holds what lasts; what http.sys took over since it started may
differ until it starts again.
"""

import sys
from typing import Final

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.api import registry
from farmsight_agent.hosts.windows.http import http_sys_registry_values as kept
from farmsight_agent.hosts.windows.http.http_sys_messages import NameOf, reservation
from farmsight_agent.hosts.windows.http.httpapi_query import settled
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

PARAMETERS: Final = r"SYSTEM\CurrentControlSet\Services\HTTP\Parameters"


def url_reservations(name_of: NameOf) -> Seen[facts_pb2.UrlReservation]:
    """Return the reservations; raises UnavailableError where their key is missing, which it is on no server."""
    path = f"{PARAMETERS}\\UrlAclInfo"
    if not registry.exists(registry.LOCAL_MACHINE, path):
        raise UnavailableError("key-missing", f"HKLM\\{path}")
    found = registry.values(registry.LOCAL_MACHINE, path)
    source = facts_pb2.AGENT_DATA_SOURCE_REGISTRY
    acls = [kept.url_acl(url, data) for url, data in found.items() if url]
    return Seen(values=tuple(reservation(acl, name_of, source) for acl in acls), source="registry")


def tls_bindings(build: int) -> Seen[facts_pb2.TlsBinding]:
    """Return the bindings of every kind; a kind without a key has none."""
    _require_parameters()
    found = settled(_kept)  # a key may go between its name and its values
    return Seen(values=tuple(kept.binding(*one, build) for one in found), source="registry")


def _kept() -> list[tuple[str, str, dict[str, registry.Value]]]:
    return [
        (kind, subkey, registry.values(registry.LOCAL_MACHINE, f"{PARAMETERS}\\{kind}\\{subkey}"))
        for kind in kept.KINDS
        for subkey in registry.subkeys(registry.LOCAL_MACHINE, f"{PARAMETERS}\\{kind}")
    ]


def ip_listen() -> Seen[facts_pb2.IpListen]:
    """Return the IP listen list, none where there is no such value."""
    _require_parameters()
    found = kept.listen_list(registry.value(registry.LOCAL_MACHINE, PARAMETERS, "ListenOnlyList"))
    return Seen(values=tuple(facts_pb2.IpListen(address=one) for one in found), source="registry")


def _require_parameters() -> None:
    if not registry.exists(registry.LOCAL_MACHINE, PARAMETERS):
        raise UnavailableError("key-missing", f"HKLM\\{PARAMETERS}")
