"""What a CRL says of itself (RFC 5280 5), from DER that may be anything."""

from collections.abc import Callable
from typing import Final

from farmsight_agent.clock import timestamp
from farmsight_agent.normalise import der
from farmsight_agent.normalise.certificates import (
    AUTHORITY_KEY_IDENTIFIER,
    algorithm,
    authority_key,
    extension_list,
)
from farmsight_agent.normalise.names import name_text
from farmsight_wire.v1 import facts_pb2

CRL_NUMBER: Final = "2.5.29.20"
DELTA_INDICATOR: Final = "2.5.29.27"
ISSUING_DISTRIBUTION_POINT: Final = "2.5.29.28"
FRESHEST_CRL: Final = "2.5.29.46"
NEXT_PUBLISH: Final = "1.3.6.1.4.1.311.21.4"  # Microsoft's "Next CRL Publish"
_MAX_URLS: Final = 100


def crl_summary(data: bytes, keep: Callable[[bytes], bytes]) -> facts_pb2.CrlSummary:
    """Return the summary of a DER CRL and keep its bytes as a blob.

    Never raises: what can't be read is said in `parse_error`. A list that
    does not parse at all has only its blob and that error.
    """
    summary = facts_pb2.CrlSummary(blob_sha256=keep(data))
    read = facts_pb2.CrlSummary()
    try:
        extensions = _body(data, read)
    except (der.DerError, ValueError, OverflowError) as error:
        summary.parse_error = str(error)
        return summary
    summary.MergeFrom(read)
    for oid, critical, value in extensions:
        try:
            _extension(oid, critical=critical, value=value, into=summary)
        except der.DerError as error:
            summary.parse_error = f"extension {oid}: {error}"
    return summary


def _body(data: bytes, into: facts_pb2.CrlSummary) -> list[tuple[str, bool, bytes]]:
    outer = der.expect(data, 0, len(data), der.SEQUENCE)
    body = der.expect(data, outer.body, outer.end, der.SEQUENCE)
    field = der.expect(data, body.body, body.end, der.INTEGER, der.SEQUENCE)
    if field.tag == der.INTEGER:  # version 2
        field = der.expect(data, field.end, body.end, der.SEQUENCE)
    into.signature_algorithm = algorithm(data, field)
    field = der.expect(data, field.end, body.end, der.SEQUENCE)
    into.issuer = name_text(der.whole(data, field))
    field = der.expect(data, field.end, body.end, der.UTC_TIME, der.GENERALIZED_TIME)
    into.this_update.CopyFrom(timestamp(der.instant(data, field)))
    extensions: list[tuple[str, bool, bytes]] = []
    while field.end < body.end:
        field = der.element(data, field.end, body.end)
        if field.tag in {der.UTC_TIME, der.GENERALIZED_TIME}:
            into.next_update.CopyFrom(timestamp(der.instant(data, field)))
        elif field.tag == der.SEQUENCE:
            into.entries = _count(data, field)
        elif field.tag == 0xA0:
            extensions = extension_list(data, field)
    return extensions


def _count(data: bytes, revoked: der.Element) -> int:
    """Count the entries; written flat because lists of a million entries exist."""
    at, end, count = revoked.body, revoked.end, 0
    while at < end:
        if at + 2 > end or data[at] != der.SEQUENCE:
            raise der.DerError(f"entry {count} of the list is broken")
        length = data[at + 1]
        at = at + 2 + length if length < 0x80 else der.element(data, at, end).end
        count += 1
    if at != end:
        raise der.DerError("the last entry of the list is cut off")
    return count


def _extension(oid: str, *, critical: bool, value: bytes, into: facts_pb2.CrlSummary) -> None:
    if oid == CRL_NUMBER:
        into.number = _number(value)
    elif oid == DELTA_INDICATOR:
        into.delta_base_number = _number(value)
        into.delta_indicator_critical = critical
    elif oid == AUTHORITY_KEY_IDENTIFIER:
        into.authority_key_identifier = authority_key(value)
    elif oid == FRESHEST_CRL:
        into.freshest_urls.extend(distribution_urls(value))
    elif oid == NEXT_PUBLISH:
        when = der.expect(value, 0, len(value), der.UTC_TIME, der.GENERALIZED_TIME)
        into.next_publish.CopyFrom(timestamp(der.instant(value, when)))
    elif oid == ISSUING_DISTRIBUTION_POINT:
        _issuing_point(value, into)


def _number(value: bytes) -> str:
    return der.integer_hex(value, der.expect(value, 0, len(value), der.INTEGER))


def _issuing_point(value: bytes, into: facts_pb2.CrlSummary) -> None:
    sequence = der.expect(value, 0, len(value), der.SEQUENCE)
    for one in der.children(value, sequence):
        if one.tag == 0x83:  # onlySomeReasons
            into.only_some_reasons = True
        elif one.tag == 0x84:  # indirectCRL
            into.indirect = der.content(value, one) != b"\x00"


def distribution_urls(value: bytes) -> list[str]:
    """Return the URLs of a CRLDistributionPoints value in order, at most 100 of them.

    `value` is the DER inside the extension's OCTET STRING (RFC 5280 4.2.1.13).
    Every scheme is given as it stands; raises `DerError` on anything else.
    """
    urls: list[str] = []
    points = der.expect(value, 0, len(value), der.SEQUENCE)
    for point in der.children(value, points):
        for name in (n for n in der.children(value, point) if n.tag == 0xA0):  # distributionPoint
            for full in (n for n in der.children(value, name) if n.tag == 0xA0):  # fullName
                names = der.children(value, full)
                urls += [der.content(value, u).decode("utf-8", "replace") for u in names if u.tag == 0x86]
    return urls[:_MAX_URLS]
