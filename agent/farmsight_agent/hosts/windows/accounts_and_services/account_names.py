"""Names of SIDs (advapi32, LookupAccountSid), in a language only where the account has a name of its own.

A SID of a domain may be asked for over the network, so that the time all
lookups of one answer may take is bounded; what is not looked up any more has
the name that it had last, for a domain controller's mood is no change of who may do what.
"""

import sys
import time
from typing import Final

import pywintypes
import win32security
import winerror

from farmsight_agent.hosts import sddl
from farmsight_agent.hosts.windows.api.limited import within
from farmsight_agent.outcome import TimedOutError

assert sys.platform == "win32"  # what it stands on is there only

LIMIT_S: Final = 8.0
_MOST_REMEMBERED: Final = 1000
_last_names: Final[dict[str, str]] = {}


class AccountNames:
    """Looks names up, each once."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        """Take the time that all lookups together may take."""
        self._left = limit_s
        self._found: dict[str, str] = {}

    def __call__(self, sid: str) -> str:
        r"""Return DOMAIN\name of a SID, "" where it does not resolve. Well-known ones have their English name."""
        if sid not in self._found:
            self._found[sid] = sddl.name_of(sid) or self._looked_up(sid)
        return self._found[sid]

    def _looked_up(self, sid: str) -> str:
        if self._left <= 0:
            return _last_names.get(sid, "")
        began = time.monotonic()
        try:
            name, domain, _kind = within(self._left, lambda: _lookup(sid))
        except TimedOutError:
            return _last_names.get(sid, "")
        except pywintypes.error as error:
            return "" if error.winerror == winerror.ERROR_NONE_MAPPED else _last_names.get(sid, "")
        finally:
            self._left -= time.monotonic() - began
        if len(_last_names) >= _MOST_REMEMBERED:
            _last_names.clear()
        _last_names[sid] = f"{domain}\\{name}" if domain else name
        return _last_names[sid]


def _lookup(sid: str) -> tuple[str, str, int]:
    name, domain, kind = win32security.LookupAccountSid("", win32security.ConvertStringSidToSid(sid))
    return str(name), str(domain), int(kind)
