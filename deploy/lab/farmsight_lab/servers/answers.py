"""How a CDP server answers one path: data, with a constructor for every fault.

An `Answer` is what goes over the wire; nothing here is simulated by the
client's side. Compose with `dataclasses.replace`, e.g. a slow 404.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CRL: Final = "application/pkix-crl"
CERTIFICATE: Final = "application/pkix-cert"
OCSP: Final = "application/ocsp-response"
LOGIN_PAGE: Final = (
    b"<!DOCTYPE html>\r\n<html><head><title>Sign in</title></head>"
    b"<body><form action='/login'><input name='user'></form></body></html>\r\n"
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer to GET, HEAD or POST.

    `first_byte_delay_s` passes before the status line, `bytes_per_s` slows the
    body. `announced_length` overrides Content-Length (None: the true one, -1:
    none, the end of the body is the end of the connection). `cut_after` ends
    the connection in order after so many bytes of the body, `reset_after`
    with a TCP reset (0: before anything is sent). `endless` repeats the body
    until the client goes away; `chunked` uses the chunked coding.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = CRL
    headers: tuple[tuple[str, str], ...] = ()
    first_byte_delay_s: float = 0.0
    bytes_per_s: float | None = None
    announced_length: int | None = None
    cut_after: int | None = None
    reset_after: int | None = None
    endless: bool = False
    chunked: bool = False


def crl(der: bytes) -> Answer:
    """Serve a CRL as it should be: DER, with its media type (RFC 2585)."""
    return Answer(body=der)


def certificate(der: bytes) -> Answer:
    """Serve a certificate as it should be (RFC 2585)."""
    return Answer(body=der, content_type=CERTIFICATE)


def not_found() -> Answer:
    """Serve 404."""
    return Answer(status=404, body=b"not found\r\n", content_type="text/plain")


def http_status(status: int) -> Answer:
    """Serve any status with a short text."""
    return Answer(status=status, body=b"no\r\n", content_type="text/plain")


def slow(der: bytes, *, first_byte_s: float = 0.0, bytes_per_s: float | None = None) -> Answer:
    """Serve the right body, slowly."""
    return Answer(body=der, first_byte_delay_s=first_byte_s, bytes_per_s=bytes_per_s)


def truncated(der: bytes, keep: int | None = None, *, announced: bool = True) -> Answer:
    """Serve the first `keep` bytes (half of it) and close; unannounced: as if that were all."""
    part = len(der) // 2 if keep is None else keep
    return Answer(body=der, cut_after=part) if announced else Answer(body=der[:part])


def html_page() -> Answer:
    """Serve a login page with 200, as captive portals and proxies do."""
    return Answer(body=LOGIN_PAGE, content_type="text/html; charset=utf-8")


def wrong_content_type(der: bytes, content_type: str = "text/plain") -> Answer:
    """Serve the right body under the wrong media type."""
    return Answer(body=der, content_type=content_type)


def redirect(to: str, status: int = 302) -> Answer:
    """Redirect to another URL; to itself it is a loop, to https:// a change of scheme."""
    return Answer(status=status, headers=(("Location", to),), content_type="text/plain")


def gzipped(der: bytes) -> Answer:
    """Serve the right body in gzip, whether the client asked for it or not."""
    return Answer(body=gzip.compress(der), headers=(("Content-Encoding", "gzip"),))


def gzip_bomb(megabytes: int = 1024) -> Answer:
    """Serve a small gzip body that unpacks to so many megabytes of zeros."""
    return Answer(body=b"".join(_packed_zeros(megabytes)), headers=(("Content-Encoding", "gzip"),))


def _packed_zeros(megabytes: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    for _ in range(megabytes):
        yield packer.compress(zeros)
    yield packer.flush()


def endless(block: bytes = bytes(65536)) -> Answer:
    """Serve a body without end."""
    return Answer(body=block, endless=True, announced_length=-1)


def proxy_authentication() -> Answer:
    """Serve 407, as a proxy that wants credentials does."""
    return Answer(
        status=407,
        headers=(("Proxy-Authenticate", 'Basic realm="proxy"'), ("Proxy-Authenticate", "NTLM")),
        content_type="text/plain",
    )


def reset(after: int = 0) -> Answer:
    """Reset the connection after so many bytes of the body (0: before the status line)."""
    return Answer(body=bytes(max(after * 2, 1)), reset_after=after)


def spoiled_signature(der: bytes) -> bytes:
    """Return the same CRL, certificate or response with one bit of its signature turned."""
    return der[:-1] + bytes([der[-1] ^ 1])
