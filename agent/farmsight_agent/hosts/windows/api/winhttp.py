"""Proxy settings and proxy scripts through WinHTTP (winhttp.dll).

Calls and flags: learn.microsoft.com/windows/win32/api/winhttp. No credentials are given to a server that
keeps a script behind a login (fAutoLogonIfChallenged stays off).
"""

import ctypes
import sys
from ctypes import wintypes
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.winhttp_layout import (
    WINHTTP_AUTOPROXY_OPTIONS,
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG,
    WINHTTP_PROXY_INFO,
)

assert sys.platform == "win32"  # what it stands on is there only

LONGEST: Final = 32 * 1024
NO_PROXY: Final = 1  # WINHTTP_ACCESS_TYPE_NO_PROXY
_NAMED_PROXY: Final = 3
_AUTO_DETECT, _CONFIG_URL = 0x1, 0x2
_DHCP_AND_DNS: Final = 0x3


class WinHttpError(Exception):
    """A call failed; `code` is its Win32 or WinHTTP error."""

    def __init__(self, call: str, code: int) -> None:
        """Keep which call it was."""
        super().__init__(f"{call}: error {code}")
        self.code = code


@dataclass(frozen=True, kw_only=True)
class StaticProxy:
    """A proxy list with its bypass list; "" for none."""

    proxy: str = ""
    bypass: str = ""


@dataclass(frozen=True, kw_only=True)
class UserProxy:
    """The WinINET settings of the account that asks."""

    auto_detect: bool = False
    pac_url: str = ""
    proxy: str = ""
    bypass: str = ""


_winhttp = system_dll.load("winhttp")
_kernel32 = system_dll.load("kernel32")
_kernel32.GlobalFree.argtypes = (ctypes.c_void_p,)
_kernel32.GlobalFree.restype = ctypes.c_void_p
_default = _winhttp.WinHttpGetDefaultProxyConfiguration
_default.argtypes, _default.restype = (ctypes.POINTER(WINHTTP_PROXY_INFO),), wintypes.BOOL
_of_user = _winhttp.WinHttpGetIEProxyConfigForCurrentUser
_of_user.argtypes, _of_user.restype = (ctypes.POINTER(WINHTTP_CURRENT_USER_IE_PROXY_CONFIG),), wintypes.BOOL
_open = _winhttp.WinHttpOpen
_open.argtypes = (wintypes.LPCWSTR, wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD)
_open.restype = ctypes.c_void_p
_close = _winhttp.WinHttpCloseHandle
_close.argtypes, _close.restype = (ctypes.c_void_p,), wintypes.BOOL
_for_url = _winhttp.WinHttpGetProxyForUrl
_for_url.argtypes = (
    ctypes.c_void_p,
    wintypes.LPCWSTR,
    ctypes.POINTER(WINHTTP_AUTOPROXY_OPTIONS),
    ctypes.POINTER(WINHTTP_PROXY_INFO),
)
_for_url.restype = wintypes.BOOL


def machine_proxy() -> StaticProxy:
    """Return the machine's static proxy, as `netsh winhttp set proxy` sets it; raises WinHttpError."""
    info = WINHTTP_PROXY_INFO()
    if not _default(ctypes.byref(info)):
        raise WinHttpError("WinHttpGetDefaultProxyConfiguration", ctypes.get_last_error())
    return _static(info)


def user_proxy() -> UserProxy:
    """Return the WinINET settings of the account that this process runs as; raises WinHttpError."""
    config = WINHTTP_CURRENT_USER_IE_PROXY_CONFIG()
    if not _of_user(ctypes.byref(config)):
        raise WinHttpError("WinHttpGetIEProxyConfigForCurrentUser", ctypes.get_last_error())
    return UserProxy(
        auto_detect=bool(config.fAutoDetect),
        pac_url=_taken(config.lpszAutoConfigUrl),
        proxy=_taken(config.lpszProxy),
        bypass=_taken(config.lpszProxyBypass),
    )


class Scripts:
    """A WinHTTP session, which keeps a script once it was fetched. Calls block, without a limit of their own."""

    def __init__(self) -> None:
        """Open the session; raises WinHttpError."""
        self._session = _open("farmsight", NO_PROXY, None, None, 0)
        if not self._session:
            raise WinHttpError("WinHttpOpen", ctypes.get_last_error())

    def ask(self, url: str, script: str) -> StaticProxy:
        """Return what the script at a URL, or with "" the one that WPAD finds, says of `url`; raises WinHttpError."""
        options = WINHTTP_AUTOPROXY_OPTIONS(dwFlags=_AUTO_DETECT, dwAutoDetectFlags=_DHCP_AND_DNS)
        kept = ctypes.create_unicode_buffer(script)  # has to outlive the call
        if script:
            address = ctypes.addressof(kept)
            options = WINHTTP_AUTOPROXY_OPTIONS(dwFlags=_CONFIG_URL, lpszAutoConfigUrl=address)
        info = WINHTTP_PROXY_INFO()
        if not _for_url(self._session, url, ctypes.byref(options), ctypes.byref(info)):
            raise WinHttpError("WinHttpGetProxyForUrl", ctypes.get_last_error())
        return _static(info)

    def close(self) -> None:
        """Close the session."""
        _close(self._session)


def _static(info: WINHTTP_PROXY_INFO) -> StaticProxy:
    found = StaticProxy(proxy=_taken(info.lpszProxy), bypass=_taken(info.lpszProxyBypass))
    return found if info.dwAccessType == _NAMED_PROXY else StaticProxy()


def _taken(address: int | None) -> str:
    """Return the text at an address that WinHTTP allocated, and free it."""
    if not address:
        return ""
    try:
        # Lone surrogates of a hostile setting can't be encoded later on.
        text = ctypes.wstring_at(address)[:LONGEST]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    finally:
        _kernel32.GlobalFree(address)
