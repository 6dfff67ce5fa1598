"""The URLs that a certificate names (RFC 5280 4.2.1.13, 4.2.1.15, 4.2.2.1)."""

from dataclasses import dataclass
from typing import Final

from farmsight_agent.normalise import der, distribution_urls
from farmsight_agent.normalise.certificates import extensions
from farmsight_agent.retrieve.url import scheme_of
from farmsight_wire.v1 import facts_pb2

CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
FRESHEST_CRL: Final = "2.5.29.46"
AUTHORITY_INFORMATION: Final = "1.3.6.1.5.5.7.1.1"
_ACCESS: Final = {
    "1.3.6.1.5.5.7.48.1": facts_pb2.RETRIEVAL_PURPOSE_OCSP,
    "1.3.6.1.5.5.7.48.2": facts_pb2.RETRIEVAL_PURPOSE_AIA,
}
_URI: Final = 0x86
_FIRST: Final = {"http": 0, "https": 1}  # every other scheme comes after


@dataclass(frozen=True, kw_only=True)
class NamedUrl:
    """One URL, what it is for, and its place in the extension that names it, 0 = first."""

    purpose: facts_pb2.RetrievalPurpose.ValueType
    url: str
    position: int


def named_urls(certificate_der: bytes) -> list[NamedUrl]:
    """Return the URLs of a certificate, http first; never raises: what can't be read names none."""
    found: list[NamedUrl] = []
    try:
        for oid, _critical, value in extensions(certificate_der):
            found += _of_extension(oid, value)
    except der.DerError:
        pass
    return sorted(found, key=lambda one: _FIRST.get(scheme_of(one.url), 2))


def _of_extension(oid: str, value: bytes) -> list[NamedUrl]:
    try:
        if oid == CRL_DISTRIBUTION_POINTS:
            return _numbered(facts_pb2.RETRIEVAL_PURPOSE_CRL, distribution_urls(value))
        if oid == FRESHEST_CRL:
            return _numbered(facts_pb2.RETRIEVAL_PURPOSE_DELTA, distribution_urls(value))
        return _access(value) if oid == AUTHORITY_INFORMATION else []
    except der.DerError:
        return []


def _access(value: bytes) -> list[NamedUrl]:
    urls: dict[facts_pb2.RetrievalPurpose.ValueType, list[str]] = {}
    sequence = der.expect(value, 0, len(value), der.SEQUENCE)
    for one in der.children(value, sequence):
        method = der.expect(value, one.body, one.end, der.OID)
        place = der.element(value, method.end, one.end)
        purpose = _ACCESS.get(der.dotted(der.content(value, method)))
        if purpose is not None and place.tag == _URI:
            urls.setdefault(purpose, []).append(der.content(value, place).decode("utf-8", "replace"))
    return [one for purpose, texts in urls.items() for one in _numbered(purpose, texts)]


def _numbered(purpose: facts_pb2.RetrievalPurpose.ValueType, urls: list[str]) -> list[NamedUrl]:
    return [NamedUrl(purpose=purpose, url=url, position=n) for n, url in enumerate(urls)]
