"""Which accounts the contexts stand for, from what the services of AD FS and its proxy are set to run as.

The names are those that the collection script gives: NETWORK SERVICE is
always the context of that name, also where it is AD FS's own account, as on
a Web Application Proxy.
"""

from collections.abc import Mapping
from typing import Final

from farmsight_agent.hosts.host import Account
from farmsight_wire.v1 import facts_pb2

SYSTEM_SID: Final = "S-1-5-18"
NETWORK_SERVICE_SID: Final = "S-1-5-20"
SERVICES: Final = {"adfssrv": facts_pb2.CONTEXT_ADFS_SERVICE, "appproxysvc": facts_pb2.CONTEXT_PROXY_SERVICE}
_SYSTEM: Final = Account(context=facts_pb2.CONTEXT_SYSTEM, name="NT AUTHORITY\\SYSTEM", sid=SYSTEM_SID)
_NETWORK_SERVICE: Final = "NT AUTHORITY\\NETWORK SERVICE"


def contexts(set_to_run_as: Mapping[str, tuple[str, str]]) -> tuple[Account, ...]:
    """Return one account a context, from name and SID of each service's account; the SID is "" where not known.

    SYSTEM checks the chains of TLS clients on every server, and NETWORK
    SERVICE is on every server too; a service that runs as one of them adds
    no context of its own.
    """
    found = {facts_pb2.CONTEXT_SYSTEM: _SYSTEM}
    network = ""
    for service, context in SERVICES.items():
        if service not in set_to_run_as:
            continue
        name, sid = set_to_run_as[service]
        if sid == NETWORK_SERVICE_SID:
            network = network or service
        elif sid != SYSTEM_SID and name:
            found[context] = Account(context=context, name=name, sid=sid, service=service)
    found[facts_pb2.CONTEXT_NETWORK_SERVICE] = Account(
        context=facts_pb2.CONTEXT_NETWORK_SERVICE, name=_NETWORK_SERVICE, sid=NETWORK_SERVICE_SID, service=network
    )
    return tuple(found.values())


def with_own(found: tuple[Account, ...], own: Account) -> tuple[Account, ...]:
    """Return the accounts with the agent's own, unless it is one of them: the answer would be the same twice.

    An administrator who runs the agent is the caller, as whoever captures
    outputs by hand: what SYSTEM and the services are can only be compared with that.
    """
    return found if any(one.sid == own.sid for one in found) else (*found, own)
