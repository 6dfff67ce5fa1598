"""One retrieval in full: its way hop by hop, what came, and what Windows itself says of the same URL."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.model.words import enum_word
from farmsight_collector.shown import figures
from farmsight_wire.v1 import facts_pb2 as f


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line: what it is, what it is said to be; `mono` for what is copied or compared letter by letter."""

    name: str
    value: str
    mono: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """What belongs together."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request on the way."""

    number: int
    url: str
    address: str
    tried: tuple[str, ...]  # addresses before the one that answered
    status: str
    location: str


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One answer to the same question: ours, or the platform's over the wire or from its cache."""

    who: str
    state: str  # ok, bad or unknown
    says: str
    took: str
    size: str
    same: str  # whether the bytes are ours


def parts(fact: f.Fact) -> tuple[Part, ...]:
    """Return what a retrieval says, without its hops and the platform's answers."""
    value = fact.retrieval
    made = (
        Part(title="How it went", items=tuple(_went(value))),
        Part(title="What came", items=tuple(_came(value))),
        Part(title="CRL", items=tuple(_crl(value.crl)) if value.HasField("crl") else ()),
        Part(title="OCSP", items=tuple(_ocsp(value.ocsp)) if value.HasField("ocsp") else ()),
        Part(title="Certificates", items=tuple(_certificates(value.certificates))),
        Part(title="Asked by, and why", items=tuple(_asked(fact))),
    )
    return tuple(part for part in made if part.items)


def steps(value: f.Retrieval) -> tuple[Step, ...]:
    """Return the requests in their order; each redirect is one more."""
    return tuple(
        Step(
            number=number,
            url=hop.url or value.url,
            address=hop.address,
            tried=tuple(one for one in hop.addresses_tried if one != hop.address),
            status=str(hop.http_status or ""),
            location=hop.location,
        )
        for number, hop in enumerate(value.hops, start=1)
    )


def beside(value: f.Retrieval) -> tuple[Beside, ...]:
    """Return our answer and the platform's own ones; nothing where the platform was not asked."""
    rows = [
        _platform("Windows, over the wire", value.platform_wire, value) if value.HasField("platform_wire") else None,
        _platform("Windows, from its cache", value.platform_cache, value) if value.HasField("platform_cache") else None,
    ]
    asked = [row for row in rows if row is not None]
    if not asked:
        return ()
    good = value.outcome == f.RETRIEVAL_OUTCOME_OK
    ours = Beside(
        who="farmsight",
        state="ok" if good else "bad",
        says=enum_word(value, "outcome"),
        took=_class(value),
        size=figures.size(value.size),
        same="",
    )
    return (ours, *asked)


def _platform(who: str, answer: f.PlatformAnswer, ours: f.Retrieval) -> Beside:
    told = answer.ok or bool(answer.error)
    same = ""
    if answer.ok and answer.body_sha256 and ours.body_sha256:
        same = "the same bytes" if answer.body_sha256 == ours.body_sha256 else "other bytes"
    return Beside(
        who=who,
        state="ok" if answer.ok else "bad" if told else "unknown",
        says="fetched" if answer.ok else answer.error or f"not asked: {answer.detail or 'no reason is told'}",
        took=_class(answer),
        size=figures.size(answer.size),
        same=same,
    )


def _went(value: f.Retrieval) -> Iterator[Item]:
    yield Item(name="outcome", value=enum_word(value, "outcome"))
    yield from _some("it said", value.detail)
    yield from _some("HTTP status", value.http_status)
    yield from _some("took", _class(value))
    yield from _some("system error", value.system_error)
    yield from _some("Windows' error", value.platform_error, mono=True)
    yield from _some("certutil's word", value.platform_word)
    yield from _some("DNS answered", ", ".join(value.dns_addresses), mono=True)
    chosen = enum_word(value, "proxy_chosen_by") if value.proxy_chosen_by else ""
    if value.proxy or chosen or value.hops:  # what only names an outcome does not tell the way
        yield Item(name="proxy", value=(value.proxy or "none, direct") + (f", chosen by {chosen}" if chosen else ""))
    yield from _some("from a cache", "yes" if value.from_cache else "")


def _came(value: f.Retrieval) -> Iterator[Item]:
    if value.body_kind:
        yield Item(name="kind", value=enum_word(value, "body_kind"))
    yield from _some("size", f"{value.size} bytes" if value.size else "")
    yield from _some("content type", value.content_type, mono=True)
    yield from _some("content encoding", value.content_encoding, mono=True)
    yield from _some("SHA-256", value.body_sha256.hex(), mono=True)
    if value.signature:
        yield Item(name="signature", value=enum_word(value, "signature"))
    yield from _some("checked by the key of", value.expected_issuer_sha1, mono=True)
    if value.issuer_match:
        yield Item(name="beside the chain's issuer", value=enum_word(value, "issuer_match"))
    yield from (Item(name="remark", value=remark) for remark in value.remarks)


def _crl(crl: f.CrlSummary) -> Iterator[Item]:
    yield from _some("issuer", crl.issuer)
    yield Item(name="number", value=crl.number or "none", mono=True)
    yield from _some("delta on base", crl.delta_base_number, mono=True)
    yield from _some("this update", _moment(crl.this_update))
    yield from _some("next publish", _moment(crl.next_publish))
    yield Item(name="next update", value=_moment(crl.next_update) or "not told, or never")
    yield Item(name="entries", value=str(crl.entries))
    yield from _some("freshest CRL at", ", ".join(crl.freshest_urls), mono=True)
    yield from _some("could not be read", crl.parse_error)


def _ocsp(ocsp: f.OcspSummary) -> Iterator[Item]:
    yield Item(name="certificate", value=enum_word(ocsp, "certificate_status") if ocsp.certificate_status else "-")
    yield from _some("of serial number", ocsp.certificate_serial, mono=True)
    yield from _some("this update", _moment(ocsp.this_update))
    yield from _some("next update", _moment(ocsp.next_update))
    yield from _some("made", _moment(ocsp.produced_at))
    yield from _some("signed by", ocsp.responder)
    yield from _some("whose certificate ends", _moment(ocsp.responder_not_after))
    for way in ocsp.ways:
        nonce = "with nonce" if way.with_nonce else "without nonce"
        status = f", HTTP {way.http_status}" if way.http_status else ""
        yield Item(name=f"{way.method} {nonce}", value=enum_word(way, "outcome") + status)


def _certificates(found: Iterable[f.CertificateSummary]) -> Iterator[Item]:
    for one in found:
        yield Item(
            name=one.subject or "(no subject)", value=f"until {_moment(one.not_after) or 'not told'}, {one.sha1}"
        )


def _asked(fact: f.Fact) -> Iterator[Item]:
    proof = fact.asked_by
    yield from _some("account", proof.account)
    yield from _some("SID", proof.sid, mono=True)
    if proof.token_source:
        yield Item(name="token from", value=enum_word(proof, "token_source"))
    yield from (Item(name="named by certificate", value=sha1, mono=True) for sha1 in fact.retrieval.named_by[:20])
    yield from _some("read from", fact.source, mono=True)


def _some(name: str, value: object, *, mono: bool = False) -> Iterator[Item]:
    if value:
        yield Item(name=name, value=str(value), mono=mono)


def _class(value: f.Retrieval | f.PlatformAnswer) -> str:
    return enum_word(value, "took").replace("under ", "< ").replace("over ", "> ") if value.took else ""


def _moment(stamp: Timestamp) -> str:
    return stamp.ToDatetime(tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%SZ").replace(":00Z", "Z") if stamp.seconds else ""
