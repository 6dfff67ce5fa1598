"""What one server can build chains from under one account: its stores, and what it fetched for that.

A store that is not known is not an empty one, and a certificate of which only
a listing tells is there without being looked into: what hangs on either can't
be told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.pki import blobs, names
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.paths.builder import is_self_signed
from farmsight_collector.pki.paths.pool import Candidate, Pool, pool
from farmsight_collector.pki.purposes import keeps_clients_out
from farmsight_wire.v1 import facts_pb2 as f

TRUSTED: Final = ("ROOT", "AUTHROOT")
STORES: Final = (*TRUSTED, "CA")
DISALLOWED: Final = "DISALLOWED"
# The operating system's own check of a client certificate takes no intermediates from the network by default
# (DisableSslCertChainCacheOnlyUrlRetrieval). A service's own check, made by the usual API, does.
FETCHES_ISSUERS: Final = frozenset({"adfs-service", "network-service", "proxy-service", "caller"})
_OF_ACCOUNTS: Final = frozenset({f.STORE_LOCATION_USER, f.STORE_LOCATION_SERVICE})


@dataclass(frozen=True, kw_only=True)
class Material:
    """What there is, and what is not known."""

    server: Server
    context: str
    pool: Pool
    unknown: dict[str, str]  # store: why its content is not known
    listed: tuple[Held, ...]  # stored certificates of which the bytes are not here, or do not parse
    of_accounts: tuple[tuple[Held, Certificate], ...]  # in stores of accounts that this account does not see
    disallowed: frozenset[str]  # SHA-1
    disallowed_keys: frozenset[bytes]

    @property
    def fetches_issuers(self) -> bool:
        """Tell whether a missing issuer is looked for where the certificate below says (AIA)."""
        return self.context in FETCHES_ISSUERS

    def listed_as(self, subject: str, key: bytes | None) -> tuple[Held, ...]:
        """Return the listed certificates that have a name, and no other key than this one."""
        wanted, wanted_key = names.text_key(subject), (key or b"").hex()
        return tuple(held for held in self.listed if _may_be(held.value.certificate, wanted, wanted_key))

    def unread(self) -> tuple[Held, ...]:
        """Return the stored certificates of which not even the names are known."""
        return tuple(held for held in self.listed if not held.value.certificate.subject)

    def is_distrusted(self, one: Certificate) -> bool:
        """Tell whether a certificate, or its key, is in the store of those that are not trusted."""
        return one.sha1 in self.disallowed or one.public_key_sha256 in self.disallowed_keys


def material(farm: Farm, server: Server, context: str) -> Material:
    """Return what the server builds chains from under an account, as of the farm's instant."""
    made, key = _made(farm), (server.name, context)
    if key not in made:
        made[key] = _material(farm, server, context)
    return made[key]


@per_farm
def _made(_farm: Farm) -> dict[tuple[str, str], Material]:
    return {}


@per_farm
def _read(_farm: Farm) -> dict[bytes, Certificate | None]:
    """Return what was read so far, by the SHA-256 of the bytes: servers hold the same certificates."""
    return {}


def read(farm: Farm, digest: bytes) -> Certificate | None:
    """Return the certificate of this SHA-256; None where its bytes are not here or do not parse."""
    done = _read(farm)
    if digest not in done:
        done[digest] = blobs.certificate_if_read(farm, digest)
    return done[digest]


def _material(farm: Farm, server: Server, context: str) -> Material:
    if server.role == "proxy":
        return _of_other_maker(server, context)
    held = {store: inventory(farm).answer(server, store) for store in (*STORES, DISALLOWED)}
    unknown = {store: answer.reason for store, answer in held.items() if answer.knowledge is Knowledge.UNKNOWN}
    unknown.pop("AUTHROOT", None)  # ROOT shows what is in it too
    barred = [h.value.certificate for h in held[DISALLOWED].facts]
    disallowed = frozenset(summary.sha1 for summary in barred)
    read_barred = (read(farm, summary.blob_sha256) for summary in barred)
    keys = frozenset(one.public_key_sha256 for one in read_barred if one is not None)
    here = [one for store in STORES for one in held[store].facts]
    candidates, listed = [], []
    for one in (*here, *(h for h in _of_accounts(server) if _seen_by(h, context))):
        if one.value.archived == f.TRISTATE_YES:
            continue  # CERT_ARCHIVED_PROP_ID: chain builders pass it by
        certificate = read(farm, one.value.certificate.blob_sha256)
        if certificate is None:
            listed.append(one)
        else:
            candidates.append(_stored(one, certificate, disallowed, keys))
    candidates.extend(_fetched(farm, server, context, disallowed, keys))
    others = [
        (h, read(farm, h.value.certificate.blob_sha256)) for h in _of_accounts(server) if not _seen_by(h, context)
    ]
    return Material(
        server=server,
        context=context,
        pool=pool(candidates),
        unknown=unknown,
        listed=tuple(listed),
        of_accounts=tuple((h, one) for h, one in others if one is not None),
        disallowed=disallowed,
        disallowed_keys=keys,
    )


def _of_other_maker(server: Server, context: str) -> Material:
    """Return what is known of another maker's proxy: it keeps the CAs of clients in files that no fact shows."""
    why = "proxies of other makers trust the CAs in a file of their own, whose certificates are not known"
    return Material(
        server=server,
        context=context,
        pool=pool(()),
        unknown={"ROOT": why, "CA": why},
        listed=(),
        of_accounts=(),
        disallowed=frozenset(),
        disallowed_keys=frozenset(),
    )


def _stored(held: Held, one: Certificate, disallowed: frozenset[str], keys: frozenset[bytes]) -> Candidate:
    account = f" of {held.value.account or 'an account'}" if held.value.location in _OF_ACCOUNTS else ""
    return Candidate(
        certificate=one,
        found_in=(held.value.store + account,),
        # A chain ends in a self-signed certificate alone; another one in ROOT is an intermediate like those in CA.
        trusted=held.value.store in TRUSTED and is_self_signed(one),
        distrusted=one.sha1 in disallowed or one.public_key_sha256 in keys,
        kept_out=keeps_clients_out(held.value) is True,
        evidence=(held,),
    )


def _of_accounts(server: Server) -> Iterator[Held]:
    """Yield what accounts keep for themselves."""
    for store in STORES:
        for held in server.ask("store-certificate", part=store).facts:
            if held.value.location in _OF_ACCOUNTS:
                yield held


def _seen_by(held: Held, context: str) -> bool:
    """Tell whether a check under this account sees a store: AD FS's account sees the one that it has as a user."""
    return context == "adfs-service" and held.value.location == f.STORE_LOCATION_USER


def _fetched(
    farm: Farm, server: Server, context: str, disallowed: frozenset[str], keys: frozenset[bytes]
) -> Iterator[Candidate]:
    if context not in FETCHES_ISSUERS:
        return
    for held in server.ask("retrieval", context=context).facts:
        if held.value.purpose == f.RETRIEVAL_PURPOSE_AIA and held.value.outcome == f.RETRIEVAL_OUTCOME_OK:
            for summary in held.value.certificates:
                one = read(farm, summary.blob_sha256)
                if one is not None:
                    yield Candidate(
                        certificate=one,
                        found_in=(f"AIA {held.value.url}",),
                        distrusted=one.sha1 in disallowed or one.public_key_sha256 in keys,
                        evidence=(held,),
                    )


def _may_be(summary: f.CertificateSummary, name: str, key: str) -> bool:
    if not summary.subject or names.text_key(summary.subject) != name:
        return False
    return not key or not summary.subject_key_identifier or summary.subject_key_identifier.lower() == key
