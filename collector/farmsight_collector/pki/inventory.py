"""Which certificates the farm's servers and tenant hold, each read once, and who holds it where."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Answer, Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_collector.pki import blobs, verdicts
from farmsight_collector.pki.known import FOREIGN_ORIGINS, Known, best_of
from farmsight_wire.v1 import facts_pb2

__all__ = ["FOREIGN_ORIGINS", "TRUST_STORES", "Inventory", "Known", "inventory"]

TRUST_STORES: Final = ("ROOT", "AUTHROOT", "CA", "NTAuth", "ClientAuthIssuer", "DISALLOWED")
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
class Inventory:
    """All CA certificates of the farm, and what each store of each server is known to hold."""

    known: Mapping[str, Known]  # by SHA-1
    stores: Mapping[tuple[str, str], Answer]  # by server and store
    sha1s: Mapping[tuple[str, str], frozenset[str]]  # of what these answers hold

    def answer(self, server: Server, store: str) -> Answer:
        """Return what is known of one store of one server; one that nobody reports from is asked in vain."""
        found = self.stores.get((server.name, store))
        return server.ask("store-certificate", part=store) if found is None else found

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
        for sha1, held in _beside_stores(server):
            holders[sha1].append(held)
    known = {sha1: _known(farm, sha1, held) for sha1, held in holders.items() if _SHA1.fullmatch(sha1)}
    return Inventory(known=_with_keys_of(farm, known), stores=stores, sha1s=sha1s)


def _with_keys_of(farm: Farm, known: dict[str, Known]) -> dict[str, Known]:
    """Let the tenant's objects without a thumbprint hold the certificates that have their key identifier."""
    rows = [h for server in farm.servers for h in server.facts.get("entra-authority", ())]
    by_key: dict[str, list[Held]] = defaultdict(list)
    for held in rows:
        own = held.value.certificate
        if not own.sha1 and own.subject_key_identifier:
            by_key[own.subject_key_identifier.lower()].append(held)
    for sha1, one in known.items() if by_key else ():
        its = tuple(by_key.get(one.subject_key, ()))
        known[sha1] = replace(one, held=one.held + its, distinct=one.distinct + its)
    return known


def _beside_stores(server: Server) -> Iterator[tuple[str, Held]]:
    """Yield the CA certificates that other facts than stores show, by SHA-1; those stand in no store by that."""
    for held in server.facts.get("entra-authority", ()):
        yield held.value.certificate.sha1, held
    for one in verdicts.said(server):
        for element in verdicts.issuing(one.value):
            yield element.certificate.sha1, one.held
    for held in server.ask("given-certificate").facts:
        if held.value.certificate.is_ca == facts_pb2.TRISTATE_YES:
            yield held.value.certificate.sha1, held


def _told(told: dict[int, str], held: Held) -> str:
    sha1 = told[id(held.fact)] = str(held.value.certificate.sha1)
    return sha1


def _store(server: Server, store: str) -> Answer:
    answer = server.ask("store-certificate", part=store)
    kept = tuple(held for held in answer.facts if held.value.location in _MACHINE)
    return Answer(knowledge=answer.knowledge, facts=kept, reason=answer.reason)


def _known(farm: Farm, sha1: str, held: list[Held]) -> Known:
    distinct = tuple({id(h.fact): h for h in held}.values())
    elements = [e for h in distinct if h.kind == "chain-verdict" for e in _elements(h, sha1)]
    summaries = [h.value.certificate for h in distinct if h.kind != "chain-verdict"]
    summaries += [element.certificate for element in elements]
    certificate = None
    for digest in {bytes(summary.blob_sha256) for summary in summaries if summary.blob_sha256}:
        read = blobs.certificate_if_read(farm, digest)
        if read is not None and read.sha1 == sha1:
            certificate = read
            break
    best, agreed = best_of(summaries)
    return Known(
        sha1=sha1,
        summary=best,
        certificate=certificate,
        held=tuple(held),
        distinct=distinct,
        agreed=agreed,
        told_self_signed=any(element.info_status & verdicts.SELF_SIGNED for element in elements),
        told_out_of_time=any(element.error_status & verdicts.NOT_TIME_VALID for element in elements),
    )


def _elements(held: Held, sha1: str) -> Iterator[facts_pb2.ChainElement]:
    return (element for element in held.value.elements if element.certificate.sha1 == sha1)
