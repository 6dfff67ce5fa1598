"""CryptoAPI's URL cache of one account: its files below the account's profile.

Belief, as everybody finds it: services without a profile of their own use
systemprofile and ServiceProfiles, which ProfileList names beside the others.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.hosts.windows.api import registry
from farmsight_agent.hosts.windows.stores import url_cache_folder
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

_PROFILES: Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
_CACHE: Final = r"AppData\LocalLow\Microsoft\CryptnetUrlCache"
_OF_SERVICES: Final = {
    "S-1-5-18": r"%SystemRoot%\System32\config\systemprofile",
    "S-1-5-19": r"%SystemRoot%\ServiceProfiles\LocalService",
    "S-1-5-20": r"%SystemRoot%\ServiceProfiles\NetworkService",
}


def entries(account: Account, keep: Callable[[bytes], bytes]) -> Seen[facts_pb2.UrlCacheEntry]:
    """Return what the account's cache holds; nothing where it has never fetched anything.

    Raises UnavailableError for an account without SID or profile and for a
    cache of another form or place, DeniedError, FailedError.
    """
    own = profile(account)
    return Seen(values=tuple(url_cache_folder.entries(own / _CACHE, keep, own)), source="file")


def profile(account: Account) -> Path:
    """Return the folder of an account's profile.

    Raises UnavailableError where it has none, DeniedError, FailedError.
    """
    if not account.sid:
        raise UnavailableError("no-sid", f"it is not known which account {account.name or 'this'} is")
    path = registry.text(registry.LOCAL_MACHINE, rf"{_PROFILES}\{account.sid}", "ProfileImagePath")
    path = path or _OF_SERVICES.get(account.sid, "")
    if not path:
        raise UnavailableError("no-profile", f"{account.name} ({account.sid}) has no profile on this server")
    return Path(os.path.expandvars(path))
