"""The accounts behind the contexts: read from the services that run here."""

import sys
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import account_sids, accounts_of_services, service_processes

assert sys.platform == "win32"  # what it stands on is there only

_LOOKUP_S: Final = 6.0  # a domain controller may have to be asked


def accounts() -> Sequence[Account]:
    """Return one account for each context that exists on this server.

    One whose SID nobody can tell is there without it, and can't be entered.
    Raises DeniedError or FailedError when the services can't be asked.
    """
    found = {}
    sids = account_sids.AccountSids(_LOOKUP_S)
    for service in accounts_of_services.SERVICES:
        name = service_processes.start_name(service)
        if name is not None:
            found[service] = (name, sids(name, service))
    return accounts_of_services.contexts(found)
