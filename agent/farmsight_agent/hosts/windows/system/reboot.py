"""Whether Windows waits for a restart, and what for.

Sources: the keys that "Manage servicing stack", "Windows Update restart" and MoveFileEx (PendingFileRenameOperations)
name on learn.microsoft.com; a computer's two names in the registry [belief: long-standing practice, no reference].
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2

_WINDOWS: Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion"
_KEYS: Final = (
    ("component-based-servicing", rf"{_WINDOWS}\Component Based Servicing\RebootPending"),
    ("windows-update", rf"{_WINDOWS}\WindowsUpdate\Auto Update\RebootRequired"),
)
_SESSION: Final = r"SYSTEM\CurrentControlSet\Control\Session Manager"
_NAME: Final = r"SYSTEM\CurrentControlSet\Control\ComputerName"
_NETLOGON: Final = r"SYSTEM\CurrentControlSet\Services\Netlogon"

Exists = Callable[[str], bool]
Value = Callable[[str, str], object]


def pending(exists: Exists, value: Value) -> tuple[facts_pb2.Tristate.ValueType, list[str]]:
    """Return whether a restart is waited for, and why; unknown where no sign was found and one could not be looked at.

    `exists` tells whether a key is there, `value` returns a value or None;
    both may raise a NotObservedError.
    """
    signs: list[tuple[str, Callable[[], bool]]] = [(reason, partial(exists, path)) for reason, path in _KEYS]
    signs += [
        ("file-renames", lambda: _renames(value)),
        ("computer-rename", lambda: _renamed(value)),
        ("domain-join", lambda: value(_NETLOGON, "JoinDomain") is not None),
    ]
    found: list[str] = []
    unseen = False
    for reason, sign in signs:
        try:
            if sign():
                found.append(reason)
        except NotObservedError:
            unseen = True
    if found:
        return facts_pb2.TRISTATE_YES, found
    return facts_pb2.TRISTATE_UNKNOWN if unseen else facts_pb2.TRISTATE_NO, []


def _renames(value: Value) -> bool:
    """Return whether files are to be renamed or deleted by the next start."""
    held = [value(_SESSION, name) for name in ("PendingFileRenameOperations", "PendingFileRenameOperations2")]
    return any(isinstance(one, tuple) and any(one) for one in held)


def _renamed(value: Value) -> bool:
    now, then = (value(rf"{_NAME}\{key}", "ComputerName") for key in ("ActiveComputerName", "ComputerName"))
    return isinstance(now, str) and isinstance(then, str) and now.lower() != then.lower()
