"""SIDs of accounts (advapi32, LookupAccountName): by the name alone where that tells, else by asking."""

import sys
from typing import Final

import win32api
import win32security

from farmsight_agent.clock import Clock
from farmsight_agent.hosts import well_known
from farmsight_agent.hosts.windows.accounts_and_services import lookups

assert sys.platform == "win32"  # what it stands on is there only

_last_sids: Final[dict[str, str]] = {}


class AccountSids:
    """Looks accounts of services up, each once."""

    def __init__(self, limit_s: float = lookups.LIMIT_S, clock: Clock | None = None) -> None:
        """Take the time that all lookups together may take."""
        self._lookups = lookups.Lookups(_last_sids, limit_s, clock)

    def __call__(self, account: str, service: str) -> str:
        r"""Return the SID of an account as a service names it (`.\name` is the machine's), "" where nobody tells."""
        known = well_known.account_sid(account, service)
        if known or not account:
            return known
        return self._lookups(account, lambda: _sid(account))


def _sid(account: str) -> str:
    name = win32api.GetComputerName() + account[1:] if account.startswith(".\\") else account
    sid, _domain, _kind = win32security.LookupAccountName(None, name)
    return str(win32security.ConvertSidToStringSid(sid))
