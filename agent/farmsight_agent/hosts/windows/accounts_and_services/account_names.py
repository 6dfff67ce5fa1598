"""Names of SIDs (advapi32, LookupAccountSid), in a language only where the account has a name of its own."""

import sys
from typing import Final

import win32security

from farmsight_agent.hosts import sddl
from farmsight_agent.hosts.windows.accounts_and_services import lookups

assert sys.platform == "win32"  # what it stands on is there only

_last_names: Final[dict[str, str]] = {}


class AccountNames:
    """Looks names up, each once."""

    def __init__(self, limit_s: float = lookups.LIMIT_S) -> None:
        """Take the time that all lookups together may take."""
        self._lookups = lookups.Lookups(_last_names, limit_s)

    def __call__(self, sid: str) -> str:
        r"""Return DOMAIN\name of a SID, "" where it does not resolve. Well-known ones have their English name."""
        return sddl.name_of(sid) or self._lookups(sid, lambda: _name(sid))


def _name(sid: str) -> str:
    name, domain, _kind = _lookup(sid)
    return f"{domain}\\{name}" if domain else name


def _lookup(sid: str) -> tuple[str, str, int]:
    name, domain, kind = win32security.LookupAccountSid("", win32security.ConvertStringSidToSid(sid))
    return str(name), str(domain), int(kind)
