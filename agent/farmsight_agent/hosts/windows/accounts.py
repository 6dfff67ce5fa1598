"""The accounts behind the contexts: read from the services that run here, and the agent's own."""

import sys
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.accounts_and_services import (
    account_names,
    account_sids,
    accounts_of_services,
    service_processes,
)
from farmsight_agent.hosts.windows.api import tokens
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_LOOKUP_S: Final = 6.0  # a domain controller may have to be asked


def accounts() -> Sequence[Account]:
    """Return one account for each context that exists on this server, the agent's own as the caller's.

    One whose SID nobody can tell is there without it, and can't be entered.
    Raises DeniedError or FailedError when the services can't be asked.
    """
    found = {}
    sids = account_sids.AccountSids(_LOOKUP_S)
    for service in accounts_of_services.SERVICES:
        name = service_processes.start_name(service)
        if name is not None:
            found[service] = (name, sids(name, service))
    return accounts_of_services.with_own(accounts_of_services.contexts(found), own())


def own() -> Account:
    """Return the account that this process runs as: as the caller, or as SYSTEM. Raises DeniedError, FailedError."""
    sid = tokens.own_identity().sid
    system = sid == accounts_of_services.SYSTEM_SID
    context = facts_pb2.CONTEXT_SYSTEM if system else facts_pb2.CONTEXT_CALLER
    return Account(context=context, name=account_names.AccountNames(_LOOKUP_S)(sid) or sid, sid=sid)
