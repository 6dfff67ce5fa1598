"""SIDs of accounts (advapi32, LookupAccountName): by the name alone where that tells, else by asking.

A domain's account may be asked for over the network, so that the time all
lookups of one answer may take is bounded; what is not looked up any more has
the SID that it had last.
"""

import sys
from typing import Final

import pywintypes
import win32api
import win32security
import winerror

from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.hosts import well_known
from farmsight_agent.hosts.windows.api.limited import within
from farmsight_agent.outcome import TimedOutError

assert sys.platform == "win32"  # what it stands on is there only

LIMIT_S: Final = 8.0
_MOST_REMEMBERED: Final = 1000
_last_sids: Final[dict[str, str]] = {}


class AccountSids:
    """Looks accounts of services up, each once."""

    def __init__(self, limit_s: float = LIMIT_S, clock: Clock | None = None) -> None:
        """Take the time that all lookups together may take."""
        self._clock = clock or SystemClock()
        self._left = limit_s
        self._found: dict[str, str] = {}

    def __call__(self, account: str, service: str) -> str:
        r"""Return the SID of an account as a service names it (`.\name` is the machine's), "" where nobody tells."""
        known = well_known.account_sid(account, service)
        if known or not account:
            return known
        if account not in self._found:
            self._found[account] = self._looked_up(account)
        return self._found[account]

    def _looked_up(self, account: str) -> str:
        if self._left <= 0:
            return _last_sids.get(account, "")
        name = win32api.GetComputerName() + account[1:] if account.startswith(".\\") else account
        began = self._clock.monotonic()
        try:
            sid, _domain, _kind = within(self._left, lambda: win32security.LookupAccountName(None, name))
        except TimedOutError:
            return _last_sids.get(account, "")
        except pywintypes.error as error:
            return "" if error.winerror == winerror.ERROR_NONE_MAPPED else _last_sids.get(account, "")
        finally:
            self._left -= self._clock.monotonic() - began
        if len(_last_sids) >= _MOST_REMEMBERED:
            _last_sids.clear()
        _last_sids[account] = str(win32security.ConvertSidToStringSid(sid))
        return _last_sids[account]
