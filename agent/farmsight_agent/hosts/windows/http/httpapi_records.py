"""What http.sys answers, taken out of the buffer that it wrote, and never from outside of it.

Platform-free. All pointers of an answer point into the answer's own buffer;
one that does not is followed nowhere.
Sources: win32 Http documentation; winsock2.h for addresses (families 2 and 23, ports in network order).
"""

import ctypes
import ipaddress
import uuid
from dataclasses import dataclass
from typing import Final, TypeVar

from farmsight_agent.hosts.windows.api import httpapi_layout as layout
from farmsight_agent.hosts.windows.http.httpapi_query import Reply
from farmsight_agent.outcome import FailedError

S = TypeVar("S", bound=ctypes.Structure)

SHA1_BYTES: Final = 20  # HTTP_SSL_CERT_SHA_HASH_LENGTH
MAX_ADDRESSES: Final = 1000
_AF_INET: Final = 2
_AF_INET6: Final = 23
_IPV4_BYTES: Final = 8
_IPV6_BYTES: Final = 24
_STORAGE_BYTES: Final = ctypes.sizeof(layout.SOCKADDR_STORAGE)


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address and a port; `text` is without brackets."""

    text: str
    port: int

    @property
    def unspecified(self) -> bool:
        """Tell whether it stands for every address."""
        return ipaddress.ip_address(self.text).is_unspecified


@dataclass(frozen=True, kw_only=True)
class UrlAcl:
    """A URL reservation: the URL and who may do what, as SDDL."""

    url: str
    sddl: str


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """HTTP_SERVICE_CONFIG_SSL_PARAM with its pointers followed; the hash is SHA-1 or empty."""

    hash: bytes
    application: uuid.UUID
    store: str
    check_mode: int
    freshness_s: int
    url_timeout_ms: int
    ctl_identifier: str
    ctl_store: str
    flags: int


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A TLS binding: by address where `host` is empty, else by name."""

    address: Address
    host: str = ""
    parameters: Parameters


def url_acl(reply: Reply) -> UrlAcl:
    """Return a reservation; raises FailedError on an answer that is none."""
    held = _structure(reply, layout.HTTP_SERVICE_CONFIG_URLACL_SET)
    return UrlAcl(
        url=_text(reply, held.KeyDesc.pUrlPrefix), sddl=_text(reply, held.ParamDesc.pStringSecurityDescriptor)
    )


def ssl_by_address(reply: Reply) -> Binding:
    """Return a binding by address (HTTP_SERVICE_CONFIG_SSL_SET); raises FailedError."""
    held = _structure(reply, layout.HTTP_SERVICE_CONFIG_SSL_SET)
    address = _address(reply, _offset(reply, held.KeyDesc.pIpPort))
    return Binding(address=address, parameters=_parameters(reply, held.ParamDesc))


def ssl_by_name(reply: Reply) -> Binding:
    """Return a binding by name (HTTP_SERVICE_CONFIG_SSL_SNI_SET), of SNI or of the scoped store; raises FailedError."""
    held = _structure(reply, layout.HTTP_SERVICE_CONFIG_SSL_SNI_SET)
    return Binding(
        address=_address(reply, 0),
        host=_text(reply, held.KeyDesc.Host),
        parameters=_parameters(reply, held.ParamDesc),
    )


def ssl_central(reply: Reply) -> Binding:
    """Return a binding of the central certificate store (HTTP_SERVICE_CONFIG_SSL_CCS_SET); raises FailedError."""
    held = _structure(reply, layout.HTTP_SERVICE_CONFIG_SSL_CCS_SET)
    return Binding(address=_address(reply, 0), parameters=_parameters(reply, held.ParamDesc))


def listen_addresses(reply: Reply) -> list[str]:
    """Return the addresses of the IP listen list; raises FailedError."""
    first = layout.HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY.AddrList.offset
    held = _structure(reply, layout.HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY, least=first)
    if held.AddrCount > MAX_ADDRESSES:
        raise FailedError("not-understood", f"a listen list of {held.AddrCount} addresses")
    return [_address(reply, first + at * _STORAGE_BYTES).text for at in range(held.AddrCount)]


def seconds(reply: Reply) -> int:
    """Return a timeout (HTTP_SERVICE_CONFIG_TIMEOUT_PARAM, 16 bits); raises FailedError."""
    return int.from_bytes(_bytes(reply, 0, 2), "little")


def _structure(reply: Reply, kind: type[S], *, least: int | None = None) -> S:
    size = ctypes.sizeof(kind)
    if len(reply.data) < (size if least is None else least):
        raise FailedError("not-understood", f"an answer of {len(reply.data)} bytes, too short for {kind.__name__}")
    return kind.from_buffer_copy(reply.data[:size].ljust(size, b"\0"))


def _offset(reply: Reply, pointer: int) -> int:
    """Return where in the buffer a pointer points to."""
    if not reply.base <= pointer < reply.base + len(reply.data):
        raise FailedError("not-understood", "a pointer that leads out of the answer")
    return pointer - reply.base


def _bytes(reply: Reply, offset: int, length: int) -> bytes:
    if offset + length > len(reply.data):
        raise FailedError("not-understood", "a value that goes on behind the end of the answer")
    return reply.data[offset : offset + length]


def _text(reply: Reply, pointer: int) -> str:
    """Return the text that a pointer leads to, "" for NULL; what is no character becomes U+FFFD."""
    if not pointer:
        return ""
    start = _offset(reply, pointer)
    held = memoryview(reply.data)[start : start + (len(reply.data) - start) // 2 * 2].tobytes()
    end = next((at for at in range(0, len(held), 2) if held[at : at + 2] == b"\0\0"), None)
    if end is None:
        raise FailedError("not-understood", "a text without an end")
    return held[:end].decode("utf-16-le", "replace")


def _address(reply: Reply, offset: int) -> Address:
    family = int.from_bytes(_bytes(reply, offset, 2), "little")
    port = int.from_bytes(_bytes(reply, offset + 2, 2), "big")
    if family == _AF_INET:
        return Address(text=str(ipaddress.IPv4Address(_bytes(reply, offset, _IPV4_BYTES)[4:])), port=port)
    if family == _AF_INET6:
        return Address(text=str(ipaddress.IPv6Address(_bytes(reply, offset, _IPV6_BYTES)[8:])), port=port)
    raise FailedError("not-understood", f"an address of family {family}")


def _parameters(reply: Reply, held: layout.HTTP_SERVICE_CONFIG_SSL_PARAM) -> Parameters:
    if held.SslHashLength not in {0, SHA1_BYTES}:
        # http.h knows SHA-1 alone. Another hash must not pass for one, nor for none.
        raise FailedError("unknown-hash", f"a certificate's hash of {held.SslHashLength} bytes, not SHA-1's 20")
    return Parameters(
        hash=_bytes(reply, _offset(reply, held.pSslHash), SHA1_BYTES) if held.SslHashLength else b"",
        application=uuid.UUID(bytes_le=bytes(held.AppId)),
        store=_text(reply, held.pSslCertStoreName),
        check_mode=held.DefaultCertCheckMode,
        freshness_s=held.DefaultRevocationFreshnessTime,
        url_timeout_ms=held.DefaultRevocationUrlRetrievalTimeout,
        ctl_identifier=_text(reply, held.pDefaultSslCtlIdentifier),
        ctl_store=_text(reply, held.pDefaultSslCtlStoreName),
        flags=held.DefaultFlags,
    )
