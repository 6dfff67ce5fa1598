"""CryptoAPI's own retrieval of CRLs and certificates by URL (cryptnet.dll, crypt32.dll).

CryptRetrieveObjectByUrlW: learn.microsoft.com/windows/win32/api/wincrypt/nf-wincrypt-cryptretrieveobjectbyurlw.
Nothing it fetches for us goes into the account's URL cache: we look, and change nothing. It would also log on by
itself, as the account, to any server that wants that (CRYPT_NO_AUTH_RETRIEVAL there): it may only where it is told so.
"""

import ctypes
import hashlib
import sys
from ctypes import wintypes
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api.wincrypt_layout import CERT_CONTEXT
from farmsight_agent.hosts.windows.api.winhttp_layout import CRYPT_BLOB_ARRAY, CRYPT_RETRIEVE_AUX_INFO

assert sys.platform == "win32"  # what it stands on is there only

MOST_CERTIFICATES: Final = 1000

_AS_BYTES, _CRL, _ANY = None, 2, 5  # pszObjectOid: NULL, CONTEXT_OID_CRL, CONTEXT_OID_CAPI2_ANY
_CACHE_ONLY: Final = 0x2
_WIRE_ONLY: Final = 0x4
_DONT_CACHE: Final = 0x8
_NO_LOGIN: Final = 0x20000  # CRYPT_NO_AUTH_RETRIEVAL
_AIA: Final = 0x80000


class CryptnetError(Exception):
    """CryptoAPI did not give the object; `code` is an HRESULT in lower-case hex."""

    def __init__(self, code: int) -> None:
        """Take what GetLastError said, a Win32 error or an HRESULT."""
        self.code = hresult(code)
        super().__init__(self.code)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long it may take, how much may come, and whether the account may show who it is."""

    timeout_ms: int
    max_bytes: int
    login: bool = False


@dataclass(frozen=True, kw_only=True)
class Obtained:
    """The size of what came and its SHA-256; no hash where several certificates came in one object."""

    size: int
    sha256: bytes = b""


_crypt32 = system_dll.load("crypt32")
_cryptnet = system_dll.load("cryptnet")
_retrieve = _cryptnet.CryptRetrieveObjectByUrlW
_retrieve.restype = wintypes.BOOL
_retrieve.argtypes = (
    *(wintypes.LPCWSTR, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p)),
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(CRYPT_RETRIEVE_AUX_INFO)),
)
_free_crl = _crypt32.CertFreeCRLContext
_free_crl.argtypes, _free_crl.restype = (ctypes.c_void_p,), wintypes.BOOL
_free_memory = _crypt32.CryptMemFree
_free_memory.argtypes, _free_memory.restype = (ctypes.c_void_p,), None
_close_store = _crypt32.CertCloseStore
_close_store.argtypes, _close_store.restype = (ctypes.c_void_p, wintypes.DWORD), wintypes.BOOL
_next = _crypt32.CertEnumCertificatesInStore
_next.argtypes, _next.restype = (ctypes.c_void_p, ctypes.c_void_p), ctypes.c_void_p
_free_certificate = _crypt32.CertFreeCertificateContext
_free_certificate.argtypes, _free_certificate.restype = (ctypes.c_void_p,), wintypes.BOOL


def crl(url: str, limits: Limits, *, cached: bool, large: bool = False) -> Obtained:
    """Return what CryptoAPI gets as the CRL at a URL: over the wire alone, or from the account's cache alone.

    `large`: take the bytes as they are, for CryptoAPI holds a decoded CRL several times over. Raises CryptnetError.
    """
    if large:
        return _as_bytes(_object(url, _AS_BYTES, limits, cached=cached))
    context = _object(url, _CRL, limits, cached=cached)
    try:
        return _encoded(context)
    finally:
        _free_crl(context)


def certificates(url: str, limits: Limits, *, cached: bool) -> Obtained:
    """Return what CryptoAPI gets as the issuer's certificates at a URL, alone or in PKCS #7; as `crl`."""
    store = _object(url, _ANY, limits, cached=cached, flags=_AIA)
    found: list[Obtained] = []
    try:
        context = _next(store, None)
        while context:
            found.append(_encoded(context))
            if len(found) >= MOST_CERTIFICATES:
                _free_certificate(context)
                break
            context = _next(store, context)  # frees the one before
    finally:
        _close_store(store, 0)
    return found[0] if len(found) == 1 else Obtained(size=sum(one.size for one in found))


def hresult(code: int) -> str:
    """Return a last error as an HRESULT in hex (winerror.h, HRESULT_FROM_WIN32)."""
    code &= 0xFFFFFFFF
    if code == 0:
        code = 0x80004005  # a failure without a reason
    return f"0x{code if code > 0xFFFF else code | 0x80070000:08x}"


def _object(url: str, kind: int | None, limits: Limits, *, cached: bool, flags: int = 0) -> int:
    made = ctypes.c_void_p()
    most = CRYPT_RETRIEVE_AUX_INFO(dwMaxUrlRetrievalByteCount=limits.max_bytes)
    most.cbSize = ctypes.sizeof(most)
    flags |= _CACHE_ONLY if cached else _WIRE_ONLY | _DONT_CACHE
    flags |= 0 if limits.login else _NO_LOGIN
    done = _retrieve(url, kind, flags, limits.timeout_ms, ctypes.byref(made), None, None, None, ctypes.byref(most))
    if not done or not made.value:
        raise CryptnetError(ctypes.get_last_error())
    return made.value


def _encoded(context: int) -> Obtained:
    held = CERT_CONTEXT.from_address(context)  # CRL_CONTEXT begins in the same way
    return _hashed(held.pbCertEncoded, held.cbCertEncoded)


def _as_bytes(array: int) -> Obtained:
    try:
        held = CRYPT_BLOB_ARRAY.from_address(array)
        blobs = held.rgBlob[: min(held.cBlob, MOST_CERTIFICATES)] if held.rgBlob else []
        if len(blobs) != 1:
            return Obtained(size=sum(blob.cbData for blob in blobs))
        return _hashed(blobs[0].pbData, blobs[0].cbData)
    finally:
        _free_memory(array)


def _hashed(address: int | None, length: int) -> Obtained:
    """Hash bytes where they lie: no second copy of a large CRL."""
    if not address or not length:
        return Obtained(size=0)
    return Obtained(size=length, sha256=hashlib.sha256((ctypes.c_ubyte * length).from_address(address)).digest())
