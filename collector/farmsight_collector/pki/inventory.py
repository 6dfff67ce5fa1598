"""Which certificates the farm's servers and tenant hold, each read once, and who holds it where."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Answer, Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.certificates import Certificate
from farmsight_wire.v1 import facts_pb2

TRUST_STORES: Final = ("ROOT", "AUTHROOT", "CA", "NTAuth", "ClientAuthIssuer", "DISALLOWED")
FOREIGN_ORIGINS: Final = frozenset({facts_pb2.STORE_ORIGIN_THIRD_PARTY, facts_pb2.STORE_ORIGIN_PACKAGE})
_SHA1: Final = re.compile("[0-9a-f]{40}")  # it ends up in commands
_MACHINE: Final = frozenset(
    {
        facts_pb2.STORE_LOCATION_UNSPECIFIED,
        facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
        facts_pb2.STORE_LOCATION_ENTERPRISE,
        facts_pb2.STORE_LOCATION_FILE,
    }
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """One CA certificate that the farm knows, with every fact that holds it."""

    sha1: str
    summary: facts_pb2.CertificateSummary
    certificate: Certificate | None  # None: only a listing was seen, or the bytes do not parse
    held: tuple[Held, ...]
    distinct: tuple[Held, ...] = ()  # one for each fact that many servers hold alike

    @property
    def subject(self) -> str:
        """Return the subject, RFC 4514."""
        return self.summary.subject or (self.certificate.subject if self.certificate else "")

    @property
    def issuer(self) -> str:
        """Return the issuer, RFC 4514."""
        return self.summary.issuer or (self.certificate.issuer if self.certificate else "")

    @property
    def subject_key(self) -> str:
        """Return the subject key identifier, lower-case hex, or nothing."""
        if self.certificate is not None:
            return (self.certificate.subject_key or b"").hex()
        return self.summary.subject_key_identifier

    @property
    def authority_key(self) -> str:
        """Return the authority key identifier, lower-case hex, or nothing."""
        if self.certificate is not None:
            return (self.certificate.authority_key or b"").hex()
        return self.summary.authority_key_identifier

    @property
    def self_issued(self) -> bool | None:
        """Tell whether issuer and subject are one name; None when not known."""
        if self.certificate is not None:
            return self.certificate.self_issued
        if not self.summary.subject or not self.summary.issuer:
            return None
        return names.text_key(self.summary.subject) == names.text_key(self.summary.issuer)

    @property
    def self_signed(self) -> bool:
        """Tell whether it is a root: one name, and signed with its own key.

        A CA that was renewed with a new key has cross certificates with one
        name and two keys; those are no roots.
        """
        if not self.self_issued:
            return False
        if self.certificate is not None and certificates.signed_by(self.certificate, self.certificate) is False:
            return False
        return not self.authority_key or not self.subject_key or self.authority_key == self.subject_key

    @property
    def not_before(self) -> datetime | None:
        """Return the begin of validity, None when not known."""
        return self.certificate.not_before if self.certificate else _moment(self.summary, "not_before")

    @property
    def not_after(self) -> datetime | None:
        """Return the end of validity, None when not known."""
        return self.certificate.not_after if self.certificate else _moment(self.summary, "not_after")

    def valid_at(self, at: datetime) -> bool:
        """Tell whether it is within its validity; unknown dates count as valid."""
        begins, ends = self.not_before, self.not_after
        return (begins is None or begins <= at) and (ends is None or at <= ends)

    @property
    def foreign(self) -> bool:
        """Tell whether it came with a root programme or a package wherever it is held as a root."""
        roots = [
            h.value for h in self.distinct if h.kind == "store-certificate" and h.value.store in ("ROOT", "AUTHROOT")
        ]
        return bool(roots) and all(value.store == "AUTHROOT" or value.origin in FOREIGN_ORIGINS for value in roots)


def _moment(summary: facts_pb2.CertificateSummary, field: str) -> datetime | None:
    if not summary.HasField(field):  # type: ignore[arg-type]  # the two timestamps of the message
        return None
    stamp: Timestamp = getattr(summary, field)
    return stamp.ToDatetime(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """All CA certificates of the farm, and what each store of each server is known to hold."""

    known: Mapping[str, Known]  # by SHA-1
    stores: Mapping[tuple[str, str], Answer]  # by server and store
    sha1s: Mapping[tuple[str, str], frozenset[str]]  # of what these answers hold

    def answer(self, server: Server, store: str) -> Answer:
        """Return what is known of one store of one server."""
        return self.stores[server.name, store]

    def need(self, server: Server, store: str) -> tuple[Held, ...]:
        """Return what one store of one server holds; raises UnknownFactError when that is not known."""
        answer = self.answer(server, store)
        if answer.knowledge is Knowledge.UNKNOWN:
            raise UnknownFactError(server.name, "certificate-stores", store, None, answer.reason)
        return answer.facts

    def thumbprints(self, server: Server, *stores: str) -> frozenset[str] | None:
        """Return what the stores hold together; None when the first of them is not known."""
        if self.answer(server, stores[0]).knowledge is Knowledge.UNKNOWN:
            return None
        return frozenset[str]().union(*(self.sha1s[server.name, store] for store in stores))

    def holding(self, server: Server, store: str, sha1s: Iterable[str]) -> tuple[Held, ...]:
        """Return the facts by which a store of a server holds any of these certificates."""
        wanted = set(sha1s)
        return tuple(h for h in self.answer(server, store).facts if h.value.certificate.sha1 in wanted)


@per_farm
def inventory(farm: Farm) -> Inventory:
    """Return the farm's CA certificates."""
    stores = {(server.name, store): _store(server, store) for server in farm.servers for store in TRUST_STORES}
    holders: dict[str, list[Held]] = defaultdict(list)
    sha1s: dict[tuple[str, str], frozenset[str]] = {}
    told: dict[int, str] = {}  # by fact: most servers hold the very same
    for place, answer in stores.items():
        here = [told.get(id(held.fact)) or _told(told, held) for held in answer.facts]
        sha1s[place] = frozenset(here)
        for sha1, held in zip(here, answer.facts, strict=True):
            holders[sha1].append(held)
    for server in farm.servers:
        for held in server.facts.get("entra-authority", ()):
            holders[held.value.certificate.sha1].append(held)
    known = {sha1: _known(farm, sha1, held) for sha1, held in holders.items() if _SHA1.fullmatch(sha1)}
    return Inventory(known=known, stores=stores, sha1s=sha1s)


def _told(told: dict[int, str], held: Held) -> str:
    sha1 = told[id(held.fact)] = str(held.value.certificate.sha1)
    return sha1


def _store(server: Server, store: str) -> Answer:
    answer = server.ask("store-certificate", part=store)
    kept = tuple(held for held in answer.facts if held.value.location in _MACHINE)
    return Answer(knowledge=answer.knowledge, facts=kept, reason=answer.reason)


def _known(farm: Farm, sha1: str, held: list[Held]) -> Known:
    distinct = tuple({id(h.fact): h for h in held}.values())
    summaries = [h.value.certificate for h in distinct]
    certificate = None
    for digest in {bytes(summary.blob_sha256) for summary in summaries if summary.blob_sha256}:
        data = farm.blob(digest)
        read = certificates.parse(data) if data is not None else None
        if isinstance(read, Certificate) and read.sha1 == sha1:
            certificate = read
            break
    whole = next((s for s in summaries if s.subject and s.blob_sha256), None)
    best = whole or next((s for s in summaries if s.subject), summaries[0])
    return Known(sha1=sha1, summary=best, certificate=certificate, held=tuple(held), distinct=distinct)
