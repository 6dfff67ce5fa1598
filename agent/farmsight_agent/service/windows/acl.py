"""Who may read the agent's folders on Windows: SYSTEM and Administrators."""

import sys
from pathlib import Path
from typing import Final

import ntsecuritycon
import pywintypes
import win32api
import win32con
import win32security

assert sys.platform == "win32"

_SYSTEM: Final = "S-1-5-18"
_ADMINISTRATORS: Final = "S-1-5-32-544"
_FULL: Final = ntsecuritycon.FILE_ALL_ACCESS
_TO_ALL_BELOW: Final = win32security.OBJECT_INHERIT_ACE | win32security.CONTAINER_INHERIT_ACE
_OWNER: Final = win32security.OWNER_SECURITY_INFORMATION
_DACL: Final = win32security.DACL_SECURITY_INFORMATION


def protect(folder: Path) -> None:
    """Let SYSTEM and Administrators alone into a folder and all below it, nothing inherited from above.

    Who runs this without administrator's rights (a trial in a folder of
    one's own) stays let in, too. Raises PermissionError where somebody else
    owns the folder: what lies in it can't be trusted, and OSError where the
    access list can't be set.
    """
    try:
        allowed = _allowed()
        owner = _owner(folder)
        if owner not in {*allowed, _own_sid()}:
            raise PermissionError(
                13, f"{folder} belongs to {_name(owner)}, not to SYSTEM or Administrators; remove it, or choose another"
            )
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
    except pywintypes.error as error:
        raise OSError(error.winerror, f"{folder}: its access list can't be set: {error.strerror}") from error


def who_may(folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return the SID of a folder's owner, and of everybody whom its access list lets in. Raises OSError."""
    try:
        found = win32security.GetNamedSecurityInfo(str(folder), win32security.SE_FILE_OBJECT, _DACL)
        entries = found.GetSecurityDescriptorDacl()
        owner = _owner(folder)
    except pywintypes.error as error:
        raise OSError(error.winerror, f"{folder}: its access list can't be read: {error.strerror}") from error
    if entries is None:
        return owner, ("S-1-1-0",)  # no list at all lets everybody in
    listed = (entries.GetAce(number) for number in range(entries.GetAceCount()))
    allowed = (ace[-1] for ace in listed if ace[0][0] == win32security.ACCESS_ALLOWED_ACE_TYPE)
    return owner, tuple(dict.fromkeys(win32security.ConvertSidToStringSid(sid) for sid in allowed))


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
