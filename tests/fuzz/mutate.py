"""Makes another input of one or two: bytes as any fuzzer changes them, lines and words as the field does."""

from collections.abc import Callable, Sequence
from random import Random

TOKENS: tuple[bytes, ...] = (
    b":", b" : ", "\u00a0".encode(), "\uff1a".encode(), b"\r", b"\n\n", b"\r\n", b"\t", b"\0", b"\x0c", b"\x1a",
    b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff", b"\xc3", b"{", b"}", b"[", b"]", b'"', b"\\", b'\\"',
    b"\\u0000", b"\\ud800", b"null", b"true", b"[]", b"{}", b"-1", b"1e400", b"99999999999999999999", b"0x", b"(", b")",
    b"=", b";",
    b"====", b"-----", b"================ Certificate 0 ================", b"CertUtil: -verify ",
    b"CertUtil: -store command completed successfully.", b"CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=0",
    b"  Element.dwErrorStatus = CERT_TRUST_IS_REVOKED (0x4)", b"CRL 04:", b"0x80092013 (-2146885613)", b"CN=",
    b"https://+:443/", b"http://", b"ldap:///", b"{5d89a20c-beab-4389-9447-324788eb944a}", b"D:(A;;GX;;;S-1-5-20)",
    b"0.0.0.0:443", b"[::]:443", b"PS C:\\> Get-AdfsProperties", b"C:\\>netsh http show sslcert",
    b"-----BEGIN CERTIFICATE-----",
    b"-----END CERTIFICATE-----", b"31/12/2026 23:59", b"12/31/2026 11:59 PM", b"2026-02-30T25:61:00Z", b"/Date(1e9)/",
    b"=> issue(claim = c);", b"c:[Type == ", b"@RuleName = ", b"&&", b"exists(", b"NOT ", b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x02\x01\x00", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06",
)  # fmt: skip
_MOST_REPEATS = 400


def mutated(data: bytes, other: bytes, random: Random, largest: int) -> bytes:
    """Return an input changed in a few places; `other` lends pieces."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 5, 8))):
        data = random.choice(_CHANGES)(data, other, random)[:largest]
    return data


def _span(data: bytes, random: Random, most: int = 64) -> tuple[int, int]:
    at = random.randrange(len(data) + 1)
    return at, min(len(data), at + random.randrange(1, most))


def _flip(data: bytes, _other: bytes, random: Random) -> bytes:
    if not data:
        return b"\0"
    at = random.randrange(len(data))
    return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]


def _drop(data: bytes, _other: bytes, random: Random) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + data[end:]


def _insert(data: bytes, _other: bytes, random: Random) -> bytes:
    at, _ = _span(data, random)
    return data[:at] + random.choice(TOKENS) + data[at:]


def _replace(data: bytes, _other: bytes, random: Random) -> bytes:
    begin, end = _span(data, random, 12)
    return data[:begin] + random.choice(TOKENS) + data[end:]


def _repeat(data: bytes, _other: bytes, random: Random) -> bytes:
    begin, end = _span(data, random, 40)
    return data[:begin] + data[begin:end] * random.randrange(2, _MOST_REPEATS) + data[end:]


def _cut(data: bytes, _other: bytes, random: Random) -> bytes:
    at, _ = _span(data, random)
    return data[:at] if random.random() < 0.8 else data[at:]


def _splice(data: bytes, other: bytes, random: Random) -> bytes:
    here, _ = _span(data, random)
    begin, _ = _span(other, random)
    end = begin + random.choice((40, 400, 4000))
    return data[:here] + other[begin:end] + data[here:]


def _lines(data: bytes, other: bytes, random: Random) -> bytes:
    lines, lent = data.split(b"\n"), other.split(b"\n")
    at, to = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(to, lines[at])
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case 3:
            lines[at] = random.choice(lent)
        case 4:
            lines[at] = lines[at].strip() if random.random() < 0.5 else b" " * random.randrange(1, 9) + lines[at]
        case _:
            lines = lines[: max(at, to) + 1][min(at, to) :]
    return b"\n".join(lines)


_CHANGES: Sequence[Callable[[bytes, bytes, Random], bytes]] = (
    _flip, _flip, _drop, _insert, _insert, _replace, _repeat, _cut, _splice, _lines, _lines, _lines,
)  # fmt: skip
