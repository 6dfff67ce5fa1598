"""Access tokens: whom a process runs as, and a primary token of another process.

Sources: Microsoft's pages on OpenProcessToken, GetTokenInformation,
DuplicateTokenEx, AdjustTokenPrivileges, CreateRestrictedToken and CreateEnvironmentBlock.
"""

import contextlib
import sys
from dataclasses import dataclass
from typing import Any, Final

import pywintypes
import win32api
import win32con
import win32profile
import win32security
import winerror

from farmsight_agent.hosts.windows.api.handles import Handle
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, UnavailableError

assert sys.platform == "win32"  # what it stands on is there only

# To start a process with another's token; SeDebug opens processes of others for who is no SYSTEM.
PRIVILEGES: Final = (
    "SeAssignPrimaryTokenPrivilege",
    "SeIncreaseQuotaPrivilege",
    "SeImpersonatePrivilege",
    "SeDebugPrivilege",
)
_EVERYBODYS: Final = "SeChangeNotifyPrivilege"  # to pass through folders: without it access to files would differ
_REMOVED: Final = 0x4  # SE_PRIVILEGE_REMOVED
_NEEDED: Final = win32con.TOKEN_DUPLICATE | win32con.TOKEN_QUERY
_FOR_A_PROCESS: Final = (
    win32con.TOKEN_QUERY
    | win32con.TOKEN_DUPLICATE
    | win32con.TOKEN_ASSIGN_PRIMARY
    | win32con.TOKEN_ADJUST_DEFAULT
    | win32con.TOKEN_ADJUST_SESSIONID
)
_DENIED: Final = frozenset({winerror.ERROR_ACCESS_DENIED, winerror.ERROR_PRIVILEGE_NOT_HELD})


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom a token stands for, and whether with an administrator's full rights."""

    sid: str
    elevated: bool


def own_identity() -> Identity:
    """Return whom this process runs as."""
    return identity_of_process(win32api.GetCurrentProcess())


def identity_of_process(process: Handle) -> Identity:
    """Return whom a process runs as, by its own token. Raises DeniedError or FailedError."""
    with contextlib.closing(_token(process, win32con.TOKEN_QUERY, "its token")) as token:
        return identity(token)


def identity_of_pid(pid: int) -> Identity:
    """Return whom a process runs as. Raises UnavailableError when it is gone, DeniedError, FailedError."""
    with contextlib.closing(_process(pid)) as process:
        return identity_of_process(process)


def identity(token: Handle) -> Identity:
    """Return whom a token stands for. Raises FailedError: the handle may stand for nothing."""
    try:
        sid = win32security.GetTokenInformation(token, win32security.TokenUser)[0]
        elevated = win32security.GetTokenInformation(token, win32security.TokenElevation)
        return Identity(sid=win32security.ConvertSidToStringSid(sid), elevated=bool(elevated))
    except pywintypes.error as error:
        raise not_opened(error, "what a token says") from error


def is_restricted(token: Handle) -> bool:
    """Return whether the token may do less than its account: what it may not open the account may."""
    return bool(win32security.IsTokenRestricted(token))


def primary_token(pid: int) -> Handle:
    """Return a token of the process that another process can be started with.

    Raises UnavailableError when the process is gone, DeniedError, FailedError.
    """
    with (
        contextlib.closing(_process(pid)) as process,
        contextlib.closing(_token(process, _NEEDED, f"the token of {pid}")) as token,
    ):
        try:
            return win32security.DuplicateTokenEx(
                token, win32security.SecurityImpersonation, _FOR_A_PROCESS, win32security.TokenPrimary
            )
        except pywintypes.error as error:
            raise not_opened(error, f"a copy of the token of {pid}") from error


def _process(pid: int) -> Handle:
    try:
        return win32api.OpenProcess(win32con.PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
    except pywintypes.error as error:
        raise not_opened(error, f"process {pid}") from error


def _token(process: Handle, access: int, what: str) -> Handle:
    try:
        return win32security.OpenProcessToken(process, access)
    except pywintypes.error as error:
        raise not_opened(error, what) from error


def own_token() -> Handle:
    """Return this process's own token, fit to make another of."""
    access = _NEEDED | win32con.TOKEN_ASSIGN_PRIMARY
    return _token(win32api.GetCurrentProcess(), access, "the agent's own token")


def without_privileges(token: Handle) -> Handle:
    """Return a copy of the token with every privilege taken away for good; its account and groups stay.

    Privileges go past access lists and into other processes; who reads what
    strangers send needs none. Raises DeniedError or FailedError.
    """
    create: Any = win32security.CreateRestrictedToken  # takes lists, too; the stub does not know
    try:
        return create(token, 0, None, [(luid, 0) for luid in _to_be_taken(token)], None)
    except pywintypes.error as error:
        raise not_opened(error, "a token without privileges") from error


def give_up_privileges() -> None:
    """Take every privilege from this process for good. Raises DeniedError or FailedError."""
    access = win32con.TOKEN_ADJUST_PRIVILEGES | win32con.TOKEN_QUERY
    with contextlib.closing(_token(win32api.GetCurrentProcess(), access, "the child's own token")) as token:
        try:
            removed: Any = [(luid, _REMOVED) for luid in _to_be_taken(token)]  # a list; the stub knows another type
            win32security.AdjustTokenPrivileges(token, False, removed)
            left = _to_be_taken(token)
        except pywintypes.error as error:
            raise not_opened(error, "a process without privileges") from error
    if left:
        raise FailedError("privileges-kept", f"{len(left)} privileges could not be given up")


def _to_be_taken(token: Handle) -> list[int]:
    """Return the privileges that a token has and a child does without. Raises pywintypes.error."""
    kept = win32security.LookupPrivilegeValue("", _EVERYBODYS)
    held = win32security.GetTokenInformation(token, win32security.TokenPrivileges)
    return [luid for luid, _ in held if luid != kept]


def not_opened(error: pywintypes.error, what: str) -> NotObservedError:
    """Return what an error of Windows means for a context; `what` could not be had."""
    text = f"{what}: error {error.winerror} of {error.funcname}"
    if error.winerror in _DENIED:
        lacking = error.winerror == winerror.ERROR_PRIVILEGE_NOT_HELD
        return DeniedError("privilege-missing" if lacking else "token-denied", text)
    if error.winerror == winerror.ERROR_INVALID_PARAMETER:  # what OpenProcess says of a process that ended
        return UnavailableError("process-ended", text)
    return FailedError("token-failed", text)


def environment(token: Handle) -> dict[str, str]:
    """Return the environment that a service of this account is started with; nothing of this process's own.

    Raises FailedError.
    """
    try:
        block = win32profile.CreateEnvironmentBlock(token, False)
    except pywintypes.error as error:
        raise not_opened(error, "the account's environment") from error
    return {str(name): str(value) for name, value in block.items()}


def enable_privileges() -> None:
    """Switch on what this process's token has of the rights to start a process as another account.

    What it has not shows where it is needed, as error 1314.
    """
    access = win32con.TOKEN_ADJUST_PRIVILEGES | win32con.TOKEN_QUERY
    with contextlib.closing(_token(win32api.GetCurrentProcess(), access, "the agent's own token")) as token:
        for name in PRIVILEGES:
            with contextlib.suppress(pywintypes.error):
                luid = win32security.LookupPrivilegeValue("", name)
                on: Any = [(luid, win32con.SE_PRIVILEGE_ENABLED)]  # a list; the stub knows another type
                win32security.AdjustTokenPrivileges(token, False, on)
