"""Who may read the agent's folders on Windows (SYSTEM and Administrators), and who may change its program.

Well-known SIDs: [MS-DTYP] 2.4.2.4.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import ntsecuritycon
import pywintypes
import win32api
import win32con
import win32security
import winerror

assert sys.platform == "win32"

_SYSTEM: Final = "S-1-5-18"
_ADMINISTRATORS: Final = "S-1-5-32-544"
_FULL: Final = ntsecuritycon.FILE_ALL_ACCESS
_TO_ALL_BELOW: Final = win32security.OBJECT_INHERIT_ACE | win32security.CONTAINER_INHERIT_ACE
# Everyone, LOCAL, interactive and anonymous logons, Authenticated Users, Users, Guests.
_EVERYBODY: Final = frozenset({"S-1-1-0", "S-1-2-0", "S-1-5-4", "S-1-5-7", "S-1-5-11", "S-1-5-32-545", "S-1-5-32-546"})
_DOMAIN_USERS: Final = "-513"
_TO_CHANGE: Final = (
    ntsecuritycon.FILE_WRITE_DATA
    | ntsecuritycon.FILE_APPEND_DATA
    | ntsecuritycon.FILE_DELETE_CHILD
    | ntsecuritycon.DELETE
    | ntsecuritycon.WRITE_DAC
    | ntsecuritycon.WRITE_OWNER
    | ntsecuritycon.GENERIC_WRITE
    | ntsecuritycon.GENERIC_ALL
)
_ELSEWHERE: Final = 0x20000000  # of a reparse tag: a junction, a link (winnt.h, IsReparseTagNameSurrogate)
_MOST_FILES: Final = 10_000  # in a folder of the agent's; there are some dozen
_OWNER: Final = win32security.OWNER_SECURITY_INFORMATION
_DACL: Final = win32security.DACL_SECURITY_INFORMATION


def protect(folder: Path) -> None:
    """Let SYSTEM and Administrators alone into a folder and all below it, nothing inherited from above.

    Who runs this without administrator's rights (a trial in a folder of
    one's own) stays let in, too. Raises PermissionError where somebody else
    owns the folder, or anything that lies in it already: it can't be trusted,
    and its owner could go on to change it. Raises OSError where the access
    list can't be set.
    """
    try:
        allowed = _allowed()
        _refuse_others_work(folder, {*allowed, _own_sid()})
        entries = win32security.ACL()
        for sid in allowed:
            entries.AddAccessAllowedAceEx(
                win32security.ACL_REVISION_DS, _TO_ALL_BELOW, _FULL, win32security.ConvertStringSidToSid(sid)
            )
        win32security.SetNamedSecurityInfo(
            str(folder),
            win32security.SE_FILE_OBJECT,
            _DACL | win32security.PROTECTED_DACL_SECURITY_INFORMATION,
            None,
            None,
            entries,
            None,
        )
        for one in _all_below(folder):  # put there before nobody else could
            with contextlib.suppress(FileNotFoundError):  # gone meanwhile
                _refuse_others_work(one, {*allowed, _own_sid()})
    except pywintypes.error as error:
        raise OSError(error.winerror, f"{folder}: its access list can't be set: {error.strerror}") from error


def _refuse_others_work(path: Path, known: set[str]) -> None:
    try:
        owner = _owner(path)
    except pywintypes.error as error:
        if error.winerror in {winerror.ERROR_FILE_NOT_FOUND, winerror.ERROR_PATH_NOT_FOUND}:
            raise FileNotFoundError(error.winerror, str(path)) from error
        raise
    if owner not in known:
        text = f"{path} belongs to {_name(owner)}, not to SYSTEM or Administrators"
        raise PermissionError(13, f"{text}; remove it, or choose another folder")


def _all_below(folder: Path) -> Iterator[Path]:
    """Yield what lies in a folder and in those below; raises PermissionError for what leads out of it."""
    waiting, seen = [folder], 0
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except FileNotFoundError:
            continue
        for entry in entries:
            status, path = entry.stat(follow_symlinks=False), Path(entry.path)
            seen += 1
            if stat.S_ISLNK(status.st_mode) or status.st_reparse_tag & _ELSEWHERE or seen > _MOST_FILES:
                raise PermissionError(13, f"{path} leads elsewhere, or is one of too many; remove it")
            yield path
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)


def anybody_may_change(folder: Path) -> tuple[str, ...]:
    """Return the names of those among everybody who may change what lies in a folder. Raises OSError."""
    found = [sid for sid, mask in _listed(folder) if mask & _TO_CHANGE and _is_everybody(sid)]
    return tuple(_name(sid) for sid in dict.fromkeys(found))


def _is_everybody(sid: str) -> bool:
    return sid in _EVERYBODY or (sid.startswith("S-1-5-21-") and sid.endswith(_DOMAIN_USERS))


def who_may(folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return the SID of a folder's owner, and of everybody whom its access list lets in. Raises OSError."""
    listed = _listed(folder)
    try:
        owner = _owner(folder)
    except pywintypes.error as error:
        raise _not_read(folder, error) from error
    return owner, tuple(dict.fromkeys(sid for sid, _ in listed))


def _listed(folder: Path) -> list[tuple[str, int]]:
    """Return whom a folder's access list lets in, to do what. Raises OSError."""
    try:
        found = win32security.GetNamedSecurityInfo(str(folder), win32security.SE_FILE_OBJECT, _DACL)
        entries = found.GetSecurityDescriptorDacl()
    except pywintypes.error as error:
        raise _not_read(folder, error) from error
    if entries is None:
        return [("S-1-1-0", _FULL)]  # no list at all lets everybody in
    listed = (entries.GetAce(number) for number in range(entries.GetAceCount()))
    allowed = (ace for ace in listed if ace[0][0] == win32security.ACCESS_ALLOWED_ACE_TYPE)
    return [(str(win32security.ConvertSidToStringSid(ace[-1])), int(ace[1])) for ace in allowed]


def _not_read(folder: Path, error: pywintypes.error) -> OSError:
    return OSError(error.winerror, f"{folder}: its access list can't be read: {error.strerror}")


def strangers(folder: Path) -> tuple[str, ...]:
    """Return the names of those beside SYSTEM and Administrators who own a folder or are let in. Raises OSError."""
    owner, allowed = who_may(folder)
    known = {_SYSTEM, _ADMINISTRATORS, *_allowed()}
    return tuple(_name(sid) for sid in dict.fromkeys((owner, *allowed)) if sid not in {*known, _own_sid()})


def _allowed() -> tuple[str, ...]:
    return (_SYSTEM, _ADMINISTRATORS) if is_administrator() else (_SYSTEM, _ADMINISTRATORS, _own_sid())


def is_administrator() -> bool:
    """Tell whether this process has administrator's rights now: elevated, or a service as LocalSystem."""
    administrators = win32security.ConvertStringSidToSid(_ADMINISTRATORS)
    return bool(win32security.CheckTokenMembership(0, administrators))


def _owner(folder: Path) -> str:
    found = win32security.GetNamedSecurityInfo(str(folder), win32security.SE_FILE_OBJECT, _OWNER)
    return str(win32security.ConvertSidToStringSid(found.GetSecurityDescriptorOwner()))


def _own_sid() -> str:
    token = win32security.OpenProcessToken(win32api.GetCurrentProcess(), win32con.TOKEN_QUERY)
    user, _ = win32security.GetTokenInformation(token, win32security.TokenUser)
    return str(win32security.ConvertSidToStringSid(user))


def _name(sid: str) -> str:
    try:
        name, domain, _ = win32security.LookupAccountSid(None, win32security.ConvertStringSidToSid(sid))
    except pywintypes.error:
        return sid
    return f"{domain}\\{name}" if domain else name
