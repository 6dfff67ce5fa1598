"""An entry of a directory read as the account that this process runs as (wldap32.dll).

Microsoft's LDAP API: learn.microsoft.com/windows/win32/api/winldap. The bind
is Negotiate without credentials: those of the process, signed as the
machine's own policy has it. A message is in memory whole before its size is
known here; what bounds it then is the memory of this process.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import wintypes
from dataclasses import dataclass, field
from typing import Any, Final

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.directory_layout import LDAP_BERVAL, LDAP_TIMEVAL

assert sys.platform == "win32"  # what it stands on is there only

NEGOTIATE: Final = 0x0486
ANONYMOUS: Final = 0x0080  # LDAP_AUTH_SIMPLE with neither name nor password
MOST_ENTRIES: Final = 16
MOST_VALUES: Final = 32
_MOST_ATTRIBUTES: Final = 64
_SUCCESS, _SIZE_LIMIT, _REFERRAL = 0, 4, 10
_VERSION, _REFERRALS, _TIME_LIMIT, _SEND_TIMEOUT = 0x11, 0x08, 0x04, 0x42
_NAME_IS_A_HOST: Final = 0x98  # LDAP_OPT_AREC_EXCLUSIVE: no search for a domain of that name
_SERVER_WORDS: Final = 0x33  # LDAP_OPT_SERVER_ERROR
_ON: Final = 1


class WldapError(Exception):
    """A call ended with an LDAP result or an error of the API (0x51 and up); `words` are the server's own."""

    def __init__(self, doing: str, code: int, words: str = "") -> None:
        """Keep what was done and how it ended."""
        super().__init__(f"{doing}: {code:#x}")
        self.doing = doing
        self.code = code
        self.words = words


@dataclass(kw_only=True)
class Entries:
    """What a search brought: how many entries, and their values by attribute as the server spells it."""

    entries: int = 0
    values: list[tuple[str, bytes]] = field(default_factory=list)
    referred: bool = False


_Bervals = ctypes.POINTER(ctypes.POINTER(LDAP_BERVAL))
_library = system_dll.load_cdecl("wldap32")  # cdecl throughout


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:  # noqa: ANN401 - ctypes' own types
    made: Any = getattr(_library, name)
    made.restype, made.argtypes = result, arguments
    return made  # type: ignore[no-any-return]


_P, _W, _U = ctypes.c_void_p, wintypes.LPCWSTR, wintypes.ULONG
_init = _function("ldap_initW", _P, _W, _U)
_unbind = _function("ldap_unbind", _U, _P)
_last_error = _function("LdapGetLastError", _U)
_set_option = _function("ldap_set_optionW", _U, _P, ctypes.c_int, _P)
_get_option = _function("ldap_get_optionW", _U, _P, ctypes.c_int, _P)
_connect = _function("ldap_connect", _U, _P, ctypes.POINTER(LDAP_TIMEVAL))
_bind = _function("ldap_bind_sW", _U, _P, _W, _W, _U)
_TIME = ctypes.POINTER(LDAP_TIMEVAL)
_search = _function("ldap_search_ext_sW", _U, _P, _W, _U, _W, _P, _U, _P, _P, _TIME, _U, ctypes.POINTER(_P))
_first_entry = _function("ldap_first_entry", _P, _P, _P)
_next_entry = _function("ldap_next_entry", _P, _P, _P)
_first_reference = _function("ldap_first_reference", _P, _P, _P)
_first_attribute = _function("ldap_first_attributeW", _P, _P, _P, ctypes.POINTER(_P))
_next_attribute = _function("ldap_next_attributeW", _P, _P, _P, _P)
_get_values = _function("ldap_get_values_lenW", _Bervals, _P, _P, _W)
_count_values = _function("ldap_count_values_len", _U, _Bervals)
_free_values = _function("ldap_value_free_len", _U, _Bervals)
_free_message = _function("ldap_msgfree", _U, _P)
_free_text = _function("ldap_memfreeW", None, _P)
_free_ber = _function("ber_free", None, _P, ctypes.c_int)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What to look for, and within which limits."""

    dn: str
    scope: int
    filter: str
    attributes: tuple[str, ...]
    connect_s: float
    wait_s: float
    max_bytes: int


def read(host: str, port: int, search: Search, method: int = NEGOTIATE) -> Entries:
    """Return what the search brings; no referral is followed. Raises `WldapError`."""
    with _session(host, port) as handle:
        _prepare(handle, search)
        limit = _timeval(search.connect_s)
        _check(handle, "connect", _connect(handle, ctypes.byref(limit)))
        _check(handle, "bind", _bind(handle, None, None, method))
        return _searched(handle, search)


@contextmanager
def _session(host: str, port: int) -> Iterator[int]:
    handle = _init(host, port)
    if not handle:
        raise WldapError("init", int(_last_error()))
    try:
        yield handle
    finally:
        _unbind(handle)


def _prepare(handle: int, search: Search) -> None:
    seconds = max(1, round(search.wait_s))
    for option, value in ((_VERSION, 3), (_TIME_LIMIT, seconds), (_SEND_TIMEOUT, seconds)):
        number = wintypes.ULONG(value)
        _set_option(handle, option, ctypes.byref(number))
    _set_option(handle, _REFERRALS, None)  # LDAP_OPT_OFF
    _set_option(handle, _NAME_IS_A_HOST, _ON)


def _searched(handle: int, search: Search) -> Entries:
    names = (wintypes.LPCWSTR * (len(search.attributes) + 1))(*search.attributes, None)
    limit, message = _timeval(search.wait_s), ctypes.c_void_p()
    code = _search(
        handle,
        search.dn,
        search.scope,
        search.filter,
        names,
        0,
        None,
        None,
        ctypes.byref(limit),
        MOST_ENTRIES,
        ctypes.byref(message),
    )
    try:
        found = _entries(handle, message.value, search.max_bytes) if message.value else Entries()
        if not (code == _SIZE_LIMIT and found.values):
            _check(handle, "search", code)
        return found
    finally:
        if message.value:
            _free_message(message)


def _entries(handle: int, message: int, max_bytes: int) -> Entries:
    found = Entries(referred=bool(_first_reference(handle, message)))
    entry = _first_entry(handle, message)
    while entry and found.entries < MOST_ENTRIES:
        found.entries += 1
        for name in _attributes(handle, entry):
            _take(handle, entry, name, found, max_bytes)
        entry = _next_entry(handle, entry)
    return found


def _attributes(handle: int, entry: int) -> list[str]:
    cursor = ctypes.c_void_p()
    names: list[str] = []
    at = _first_attribute(handle, entry, ctypes.byref(cursor))
    while at:
        if len(names) < _MOST_ATTRIBUTES:
            names.append(ctypes.wstring_at(at))
        _free_text(at)
        at = _next_attribute(handle, entry, cursor)
    if cursor.value:
        _free_ber(cursor, 0)
    return names


def _take(handle: int, entry: int, name: str, found: Entries, max_bytes: int) -> None:
    values = _get_values(handle, entry, name)
    if not values:
        return
    try:
        for number in range(min(int(_count_values(values)), MOST_VALUES - len(found.values))):
            one = values[number].contents
            held = sum(len(value) for _, value in found.values)
            if held + int(one.bv_len) > max_bytes:
                raise WldapError("size", _SIZE_LIMIT)
            found.values.append((name, ctypes.string_at(one.bv_val, one.bv_len)))
    finally:
        _free_values(values)


def _check(handle: int, doing: str, code: int) -> None:
    if code != _SUCCESS:
        raise WldapError(doing, int(code), _server_words(handle))


def _server_words(handle: int) -> str:
    """Return what the server said beside its last result, "" where the API does not tell."""
    text = ctypes.c_void_p()
    if _get_option(handle, _SERVER_WORDS, ctypes.byref(text)) != _SUCCESS or not text.value:
        return ""
    words = ctypes.wstring_at(text.value)[:500]
    _free_text(text)
    return words


def _timeval(seconds: float) -> LDAP_TIMEVAL:
    whole = int(seconds)
    return LDAP_TIMEVAL(tv_sec=whole, tv_usec=int((seconds - whole) * 1_000_000))
