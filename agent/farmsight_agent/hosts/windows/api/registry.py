"""The registry, read in the 64-bit view and never written (advapi32, through the standard library's winreg).

A key or value that is not there is an empty answer or None; a key that may
not be read raises. Text comes without lone surrogates, unexpanded, and cut at
the first NUL as Windows does it. Numbers are unsigned.
Source of the numbers: Windows system error codes, learn.microsoft.com/windows/win32/debug/system-error-codes.
"""

import sys
import winreg
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from farmsight_agent.outcome import DeniedError, FailedError

assert sys.platform == "win32"  # what it stands on is there only

LOCAL_MACHINE: Final = winreg.HKEY_LOCAL_MACHINE
USERS: Final = winreg.HKEY_USERS
CURRENT_USER: Final = winreg.HKEY_CURRENT_USER

# REG_DWORD and REG_QWORD, REG_SZ and REG_EXPAND_SZ, REG_MULTI_SZ, and the bytes of every other type.
Value = int | str | tuple[str, ...] | bytes

MAX_VALUES: Final = 20_000  # a reservation list of a busy server has hundreds
MAX_SUBKEYS: Final = 50_000
MAX_VALUE_BYTES: Final = 64 * 1024 * 1024  # a store keeps a CRL in one value

_FILE_NOT_FOUND: Final = 2
_PATH_NOT_FOUND: Final = 3
_ACCESS_DENIED: Final = 5
_NO_MORE_ITEMS: Final = 259
_KEY_DELETED: Final = 1018  # somebody removed it while we read
_ABSENT: Final = frozenset({_FILE_NOT_FOUND, _PATH_NOT_FOUND, _KEY_DELETED})
_HIVES: Final = {LOCAL_MACHINE: "HKLM", USERS: "HKU", CURRENT_USER: "HKCU"}


def exists(hive: int, path: str) -> bool:
    """Return whether the key is there; raises DeniedError, FailedError."""
    with _opened(hive, path, winreg.KEY_QUERY_VALUE) as key:
        return key is not None


def value(hive: int, path: str, name: str) -> Value | None:
    r"""Return one value of a key (path without hive: `SOFTWARE\Microsoft\...`), None where it or the key is absent.

    Raises DeniedError where the key may not be read, FailedError on anything else.
    """
    with _opened(hive, path, winreg.KEY_QUERY_VALUE) as key:
        if key is None:
            return None
        data, kind = winreg.QueryValueEx(key, name)
        return _typed(data, kind, _named(hive, path))
    return None


def values(hive: int, path: str) -> dict[str, Value]:
    """Return all values of a key by name (its default value under ""), {} where the key is absent.

    Raises DeniedError, and FailedError also where there are more than MAX_VALUES.
    """
    found: dict[str, Value] = {}
    with _opened(hive, path, winreg.KEY_QUERY_VALUE) as key:
        if key is None:
            return {}
        shown = _named(hive, path)
        for index in range(MAX_VALUES + 1):
            try:
                name, data, kind = winreg.EnumValue(key, index)
            except OSError as error:
                if error.winerror == _NO_MORE_ITEMS:
                    return found
                raise
            found[_clean(name)] = _typed(data, kind, shown)
        raise FailedError("too-many-values", f"{shown} has more than {MAX_VALUES}", source="registry")
    return {}


def subkeys(hive: int, path: str) -> tuple[str, ...]:
    """Return the names of the keys below a key, () where it is absent; raises as `values` does."""
    found: list[str] = []
    with _opened(hive, path, winreg.KEY_ENUMERATE_SUB_KEYS) as key:
        if key is None:
            return ()
        for index in range(MAX_SUBKEYS + 1):
            try:
                found.append(_clean(winreg.EnumKey(key, index)))
            except OSError as error:
                if error.winerror == _NO_MORE_ITEMS:
                    return tuple(found)
                raise
        raise FailedError("too-many-keys", f"{_named(hive, path)} has more than {MAX_SUBKEYS}", source="registry")
    return ()


def number(hive: int, path: str, name: str) -> int | None:
    """Return a REG_DWORD or REG_QWORD, None where it is absent or of another type; raises as `value` does."""
    found = value(hive, path, name)
    return found if isinstance(found, int) else None


def text(hive: int, path: str, name: str) -> str:
    """Return a REG_SZ or REG_EXPAND_SZ unexpanded, "" where it is absent or of another type; raises as `value`."""
    found = value(hive, path, name)
    return found if isinstance(found, str) else ""


def texts(hive: int, path: str, name: str) -> tuple[str, ...]:
    """Return a REG_MULTI_SZ, () where it is absent or of another type; raises as `value` does."""
    found = value(hive, path, name)
    return found if isinstance(found, tuple) else ()


@contextmanager
def _opened(hive: int, path: str, access: int) -> Iterator[winreg.HKEYType | None]:
    """Yield the key, or None where there is none; what is absent inside the block ends it silently."""
    try:
        key = winreg.OpenKeyEx(hive, path, 0, access | winreg.KEY_WOW64_64KEY)
    except OSError as error:
        if error.winerror not in _ABSENT:
            raise _trouble(error, _named(hive, path)) from error
        yield None
        return
    with key:
        try:
            yield key
        except OSError as error:
            if error.winerror not in _ABSENT:
                raise _trouble(error, _named(hive, path)) from error


def _trouble(error: OSError, shown: str) -> DeniedError | FailedError:
    if error.winerror == _ACCESS_DENIED:
        return DeniedError("registry-key-not-readable", shown, source="registry")
    return FailedError("registry-failed", f"{shown}: error {error.winerror}", source="registry")


def _named(hive: int, path: str) -> str:
    return f"{_HIVES.get(hive, 'HKEY')}\\{path}"


def _typed(data: object, kind: int, shown: str) -> Value:
    if isinstance(data, bytes | str) and len(data) > MAX_VALUE_BYTES:
        raise FailedError("too-large", f"a value of {shown} is over {MAX_VALUE_BYTES} bytes", source="registry")
    if kind in {winreg.REG_DWORD, winreg.REG_QWORD} and isinstance(data, int):
        return data
    if isinstance(data, str):
        return _clean(data)
    if isinstance(data, list):
        return tuple(_clean(str(one)) for one in data)
    return data if isinstance(data, bytes) else b""  # a value without data


def _clean(text: str) -> str:
    """Return text that can be encoded: the registry keeps any 16-bit units, lone surrogates too."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
