"""The structures of winhttp.h, and those of wincrypt.h that a retrieval takes, as a 64-bit Windows lays them out.

Free of the platform, so that a test on any system compares them with what a
compiler for Windows makes of the headers. Names are the headers' own.
Source: learn.microsoft.com/windows/win32/api/winhttp and /wincrypt.
"""
# ruff: noqa: N801 - the headers' names

from ctypes import POINTER, Structure, c_int32, c_uint32, c_void_p
from typing import Any, ClassVar, Final

Fields = list[tuple[str, Any]]


class WINHTTP_PROXY_INFO(Structure):
    """A static proxy, or a script's verdict."""

    _fields_: ClassVar[Fields] = [
        ("dwAccessType", c_uint32),
        ("lpszProxy", c_void_p),
        ("lpszProxyBypass", c_void_p),
    ]


class WINHTTP_CURRENT_USER_IE_PROXY_CONFIG(Structure):
    """The WinINET settings of the account that asks."""

    _fields_: ClassVar[Fields] = [
        ("fAutoDetect", c_int32),
        ("lpszAutoConfigUrl", c_void_p),
        ("lpszProxy", c_void_p),
        ("lpszProxyBypass", c_void_p),
    ]


class WINHTTP_AUTOPROXY_OPTIONS(Structure):
    """Which script to run, and how to get it."""

    _fields_: ClassVar[Fields] = [
        ("dwFlags", c_uint32),
        ("dwAutoDetectFlags", c_uint32),
        ("lpszAutoConfigUrl", c_void_p),
        ("lpvReserved", c_void_p),
        ("dwReserved", c_uint32),
        ("fAutoLogonIfChallenged", c_int32),
    ]


class CRYPT_RETRIEVE_AUX_INFO(Structure):
    """The limits of a retrieval by CryptoAPI; later versions of Windows know two members more, and go by cbSize."""

    _fields_: ClassVar[Fields] = [
        ("cbSize", c_uint32),
        ("pLastSyncTime", c_void_p),
        ("dwMaxUrlRetrievalByteCount", c_uint32),
        ("pPreFetchInfo", c_void_p),
        ("pFlushInfo", c_void_p),
        ("ppResponseInfo", c_void_p),
        ("pwszCacheFileNamePrefix", c_void_p),
        ("pftCacheResync", c_void_p),
        ("fProxyCacheRetrieval", c_int32),
        ("dwHttpStatusCode", c_uint32),
    ]


class CRYPT_DATA_BLOB(Structure):
    """Bytes and how many."""

    _fields_: ClassVar[Fields] = [("cbData", c_uint32), ("pbData", c_void_p)]


class CRYPT_BLOB_ARRAY(Structure):
    """What CryptoAPI gives when it is not to decode."""

    _fields_: ClassVar[Fields] = [("cBlob", c_uint32), ("rgBlob", POINTER(CRYPT_DATA_BLOB))]


STRUCTURES: Final = (
    WINHTTP_PROXY_INFO,
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG,
    WINHTTP_AUTOPROXY_OPTIONS,
    CRYPT_RETRIEVE_AUX_INFO,
    CRYPT_DATA_BLOB,
    CRYPT_BLOB_ARRAY,
)
