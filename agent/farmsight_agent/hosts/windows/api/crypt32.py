"""crypt32.dll: certificate stores, read and never written, and the chain engine.

What comes out are Python values. Nothing here opens a private key; no store
is opened but by an explicit provider, read-only, and only if it exists.
Source: learn.microsoft.com/windows/win32/api/wincrypt.
"""
# ruff: noqa: ANN401 - pointers to structures; ctypes gives them no types

import contextlib
import ctypes
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from ctypes import POINTER, byref, c_char_p, c_int32, c_uint8, c_uint32, c_void_p, sizeof
from dataclasses import dataclass
from typing import Any, Final

from farmsight_agent.hosts.windows.api import system_dll
from farmsight_agent.hosts.windows.api import wincrypt_layout as layout
from farmsight_agent.hosts.windows.stores import store_properties
from farmsight_agent.hosts.windows.stores.store_elements import (
    LARGEST,
    MOST_BYTES,
    MOST_ELEMENTS,
    Element,
    Kind,
    element,
)
from farmsight_agent.hosts.windows.stores.wincrypt_verdict import Link, Verdict
from farmsight_agent.outcome import FailedError

assert sys.platform == "win32"  # what it stands on is there only

SYSTEM: Final = 10  # CERT_STORE_PROV_SYSTEM_W: a store as Windows puts it together
SYSTEM_REGISTRY: Final = 13  # CERT_STORE_PROV_SYSTEM_REGISTRY_W: what lies at one place of the registry, alone
_READ_ONLY: Final = 0x8000  # CERT_STORE_READONLY_FLAG
_OPEN_EXISTING: Final = 0x4000  # CERT_STORE_OPEN_EXISTING_FLAG
_ENUM_ARCHIVED: Final = 0x200  # CERT_STORE_ENUM_ARCHIVED_FLAG

_ENCODING: Final = 0x00010001  # X509_ASN_ENCODING | PKCS_7_ASN_ENCODING
_LOCAL_MACHINE_ENGINE: Final = 1  # HCCE_LOCAL_MACHINE
_CHECK_REVOCATION: Final = 0x40000000  # CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT
# CERT_CHAIN_DISABLE_AUTH_ROOT_AUTO_UPDATE: else a missing root is looked for at Microsoft, and put into a store.
_CHANGE_NO_STORE: Final = 0x100
_BASE_POLICY: Final = 1  # CERT_CHAIN_POLICY_BASE
_MOST_PROPERTY_BYTES: Final = 64 * 1024
_MOST_LINKS: Final = 100
_MOST_USAGES: Final = 100

_dll: Final = system_dll.load("crypt32")


@dataclass(frozen=True)
class _Read:
    """How one kind of element is gone through: next one (which frees the last), free, and its structure."""

    following: Any
    free: Any
    context: type[ctypes.Structure]
    encoded: str
    length: str
    property: Any = None


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_dll, name)
    function.restype, function.argtypes = result, arguments
    return function


_CERTIFICATE: Final = POINTER(layout.CERT_CONTEXT)
_CRL: Final = POINTER(layout.CRL_CONTEXT)
_CTL: Final = POINTER(layout.CTL_CONTEXT)
_CHAIN: Final = POINTER(layout.CERT_CHAIN_CONTEXT)

_open_store: Final = _function("CertOpenStore", c_void_p, c_void_p, c_uint32, c_void_p, c_uint32, c_void_p)
_close_store: Final = _function("CertCloseStore", c_int32, c_void_p, c_uint32)
_create_certificate: Final = _function("CertCreateCertificateContext", _CERTIFICATE, c_uint32, c_char_p, c_uint32)
_free_certificate: Final = _function("CertFreeCertificateContext", c_int32, _CERTIFICATE)
_get_chain: Final = _function(
    "CertGetCertificateChain",
    *(c_int32, c_void_p, _CERTIFICATE, c_void_p, c_void_p),
    *(POINTER(layout.CERT_CHAIN_PARA), c_uint32, c_void_p, POINTER(_CHAIN)),
)
_free_chain: Final = _function("CertFreeCertificateChain", None, _CHAIN)
_verify_policy: Final = _function(
    "CertVerifyCertificateChainPolicy",
    *(c_int32, c_void_p, _CHAIN),
    *(POINTER(layout.CERT_CHAIN_POLICY_PARA), POINTER(layout.CERT_CHAIN_POLICY_STATUS)),
)
_READ: Final[Mapping[Kind, _Read]] = {
    Kind.CERTIFICATE: _Read(
        _function("CertEnumCertificatesInStore", _CERTIFICATE, c_void_p, _CERTIFICATE),
        _free_certificate,
        layout.CERT_CONTEXT,
        "pbCertEncoded",
        "cbCertEncoded",
        _function("CertGetCertificateContextProperty", c_int32, _CERTIFICATE, c_uint32, c_void_p, POINTER(c_uint32)),
    ),
    Kind.CRL: _Read(
        _function("CertEnumCRLsInStore", _CRL, c_void_p, _CRL),
        _function("CertFreeCRLContext", c_int32, _CRL),
        layout.CRL_CONTEXT,
        "pbCrlEncoded",
        "cbCrlEncoded",
    ),
    Kind.CTL: _Read(
        _function("CertEnumCTLsInStore", _CTL, c_void_p, _CTL),
        _function("CertFreeCTLContext", c_int32, _CTL),
        layout.CTL_CONTEXT,
        "pbCtlEncoded",
        "cbCtlEncoded",
    ),
}


class Crypt32Error(Exception):
    """A call failed; `code` is what GetLastError said, 0 when it said nothing."""

    def __init__(self, function: str, code: int) -> None:
        """Keep the function's name and the code."""
        super().__init__(f"{function}: {code:#010x}")
        self.code = code


def elements(provider: int, flags: int, name: str) -> dict[Kind, list[Element]]:
    """Return what a store holds, archived certificates too; it is opened once, which costs more than all else.

    Raises Crypt32Error, and FailedError past a limit.
    """
    with _opened(provider, flags | _READ_ONLY | _OPEN_EXISTING | _ENUM_ARCHIVED, name) as store:
        return {kind: _bounded(name, kind, _each(store, kind)) for kind in Kind}


def _bounded(name: str, kind: Kind, elements: Generator[Element]) -> list[Element]:
    found: list[Element] = []
    size = 0
    with contextlib.closing(elements):  # what it stands on is freed before the store is closed
        for one in elements:
            size += len(one.data or b"")
            found.append(one)
            if len(found) > MOST_ELEMENTS or size > MOST_BYTES:
                limits = f"{MOST_ELEMENTS} elements or {MOST_BYTES} bytes"
                raise FailedError("store-too-large", f"{name} {kind.value}: more than {limits}", source="api")
    return found


@contextlib.contextmanager
def _opened(provider: int, flags: int, name: str) -> Iterator[int]:
    text = ctypes.create_unicode_buffer(name)
    ctypes.set_last_error(0)
    store = _open_store(provider, 0, None, flags, ctypes.addressof(text))
    if not store:
        raise Crypt32Error("CertOpenStore", ctypes.get_last_error() & 0xFFFFFFFF)
    try:
        yield store
    finally:
        _close_store(store, 0)


def _each(store: int, kind: Kind) -> Generator[Element]:
    read = _READ[kind]
    context = read.following(store, None)
    try:
        while context:
            yield _element(kind, read, context)
            context, last = None, context  # the next call frees the last one, whatever comes of it
            context = read.following(store, last)
    finally:
        if context:
            read.free(context)


def _element(kind: Kind, read: _Read, context: Any) -> Element:
    held = context.contents
    length = getattr(held, read.length)
    # Hashed where they are: what is over the limit is never copied.
    data = memoryview((c_uint8 * length).from_address(getattr(held, read.encoded))).cast("B") if length else b""
    if read.property is None:
        return element(kind, data)
    properties: dict[int, bytes] = {}
    provider = ""
    for number in store_properties.WANTED:
        buffer = _property(read.property, context, number)
        if buffer is not None:
            properties[number] = bytes(buffer)
        if buffer and number == store_properties.KEY_PROV_INFO:
            provider = store_properties.provider_in_memory(bytes(buffer), ctypes.addressof(buffer))
    return element(kind, data, properties, provider=provider)


def _property(get: Callable[..., int], context: Any, number: int) -> Any:
    """Return a property in the buffer it was put into, an empty one where it is too large, None where it is not set."""
    size = c_uint32()
    if not get(context, number, None, byref(size)):
        return None
    buffer = (c_uint8 * (size.value if size.value <= _MOST_PROPERTY_BYTES else 0))()
    if len(buffer) and not get(context, number, buffer, byref(size)):
        return None
    return buffer


def chain(certificate: bytes, usage: str, retrieval_timeout_ms: int) -> Verdict:
    """Return the machine's chain engine's verdict on a certificate for a usage, revocation checked up to the root.

    The engine may go to the network for what the certificates name, but
    fetches no root. Raises Crypt32Error when no chain was made, a certificate
    that CryptoAPI does not take included.
    """
    leaf = _create_certificate(_ENCODING, certificate, len(certificate))
    if not leaf:
        raise Crypt32Error("CertCreateCertificateContext", ctypes.get_last_error() & 0xFFFFFFFF)
    wanted = (c_char_p * 1)(usage.encode("ascii"))
    asked = layout.CERT_CHAIN_PARA(cbSize=sizeof(layout.CERT_CHAIN_PARA), dwUrlRetrievalTimeout=retrieval_timeout_ms)
    asked.RequestedUsage.Usage.cUsageIdentifier = 1
    asked.RequestedUsage.Usage.rgpszUsageIdentifier = ctypes.addressof(wanted)
    built = _CHAIN()
    try:
        engine, check = _LOCAL_MACHINE_ENGINE, _CHECK_REVOCATION | _CHANGE_NO_STORE
        if not _get_chain(engine, leaf, None, None, byref(asked), check, None, byref(built)):
            raise Crypt32Error("CertGetCertificateChain", ctypes.get_last_error() & 0xFFFFFFFF)
        try:
            return _verdict(built)
        finally:
            _free_chain(built)
    finally:
        _free_certificate(leaf)


def _verdict(built: Any) -> Verdict:
    para = layout.CERT_CHAIN_POLICY_PARA(cbSize=sizeof(layout.CERT_CHAIN_POLICY_PARA))
    status = layout.CERT_CHAIN_POLICY_STATUS(cbSize=sizeof(layout.CERT_CHAIN_POLICY_STATUS))
    judged = _verify_policy(_BASE_POLICY, built, byref(para), byref(status))
    whole = built.contents
    links: list[Link] = []
    if whole.cChain:
        simple = whole.rgpChain[0].contents
        links = [_link(simple.rgpElement[at].contents) for at in range(min(simple.cElement, _MOST_LINKS))]
    return Verdict(
        links=tuple(links),
        error_status=whole.TrustStatus.dwErrorStatus,
        info_status=whole.TrustStatus.dwInfoStatus,
        policy_error=status.dwError if judged else None,
    )


def _link(one: Any) -> Link:
    held = one.pCertContext.contents
    length = min(held.cbCertEncoded, LARGEST[Kind.CERTIFICATE])
    usage = one.pApplicationUsage
    return Link(
        der=ctypes.string_at(held.pbCertEncoded, length),
        error_status=one.TrustStatus.dwErrorStatus,
        info_status=one.TrustStatus.dwInfoStatus,
        revocation_result=one.pRevocationInfo.contents.dwRevocationResult if one.pRevocationInfo else None,
        usages=_usages(usage.contents) if usage else None,
    )


def _usages(usage: Any) -> Sequence[str]:
    count = min(usage.cUsageIdentifier, _MOST_USAGES)
    listed = (c_char_p * count).from_address(usage.rgpszUsageIdentifier) if count else ()
    return tuple(one.decode("ascii", "replace") for one in listed if one)
