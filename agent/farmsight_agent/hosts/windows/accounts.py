"""The accounts behind the contexts: read from the services that run here."""

import sys
from collections.abc import Sequence

from farmsight_agent.hosts import well_known
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import accounts_of_services, service_processes, tokens

assert sys.platform == "win32"  # what it stands on is there only


def accounts() -> Sequence[Account]:
    """Return one account for each context that exists on this server.

    One whose SID nobody can tell is there without it, and can't be entered.
    Raises DeniedError or FailedError when the services can't be asked.
    """
    found = {}
    for service in accounts_of_services.SERVICES:
        name = service_processes.start_name(service)
        if name is not None:
            found[service] = (name, well_known.account_sid(name, service) or tokens.sid_of(name))
    return accounts_of_services.contexts(found)
