"""Who names a CA for users' chains: the tenant, NTAuth, the client authentication issuers, or a user's own chain."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import blobs, names, verdicts
from farmsight_collector.pki.authority import Authority
from farmsight_collector.pki.known import Known
from farmsight_collector.pki.linking import issuers_of
from farmsight_wire.v1 import facts_pb2 as f

TENANT: Final = "tenant"
USER: Final = "user certificate"  # it issued a user's certificate that was handed in or verified
VERIFIED: Final = "verified CA"  # its own certificate was verified, as the article has it done
NAMING_STORES: Final = frozenset({"NTAuth", "ClientAuthIssuer"})


def sources(authority: Authority, users: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Return who names this very CA; `users` as of `of_users`."""
    found = {word for sha1 in authority.sha1s for word in users.get(sha1, ())}
    for held in (held for known in authority.certificates for held in known.distinct):
        if held.kind == "entra-authority":
            found.add(TENANT)
        elif held.kind == "store-certificate" and held.value.store in NAMING_STORES:
            found.add(held.value.store)
    return tuple(sorted(found))


def of_users(farm: Farm, groups: Iterable[Authority]) -> dict[str, set[str]]:
    """Return the CA certificates that users' chains name, by SHA-1, with how: USER, VERIFIED."""
    found: dict[str, set[str]] = defaultdict(set)
    everyone = tuple(groups)
    for server in farm.servers:
        for one in verdicts.said(server):
            for sha1, word in _of_verdict(farm, one, everyone):
                found[sha1].add(word)
    for child in _given(farm):
        for sha1 in _issuing(child, everyone):
            found[sha1].add(USER)
    return found


def _of_verdict(farm: Farm, one: verdicts.Said, groups: tuple[Authority, ...]) -> Iterator[tuple[str, str]]:
    elements, value = one.value.elements, one.value
    if not elements or one.leaf.sha1 in verdicts.of_servers(farm):
        return
    sure = not elements[0].error_status & (verdicts.NOT_SIGNATURE_VALID | verdicts.CYCLIC)
    if value.leaf_is_ca == f.TRISTATE_YES or any(one.leaf.sha1 in group.sha1s for group in groups):
        yield one.leaf.sha1, VERIFIED
    elif len(elements) > 1 and sure:
        yield elements[1].certificate.sha1, USER if value.leaf_is_ca == f.TRISTATE_NO else VERIFIED
    elif value.leaf_is_ca == f.TRISTATE_NO:
        child = Known(sha1=one.leaf.sha1, summary=one.leaf, certificate=None, held=())
        for sha1 in _issuing(child, groups):
            yield sha1, USER


def _given(farm: Farm) -> Iterator[Known]:
    """Yield the users' certificates that were handed in."""
    for server in farm.servers:
        for held in server.ask("given-certificate").facts:
            summary = held.value.certificate
            if summary.is_ca == f.TRISTATE_NO and summary.sha1 not in verdicts.of_servers(farm):
                certificate = blobs.certificate_if_read(farm, summary.blob_sha256)
                yield Known(sha1=summary.sha1, summary=summary, certificate=certificate, held=(held,))


def _issuing(child: Known, groups: tuple[Authority, ...]) -> Iterator[str]:
    return (sha1 for authority in issuers_of(child, groups) for sha1 in authority.sha1s)


def alike(farm: Farm, groups: Iterable[Authority]) -> dict[int, tuple[Held, ...]]:
    """Return the tenant's objects that may be a CA by its name, by the CA's id.

    A tenant's list as text tells a name and a key identifier, and no
    thumbprint; a CA of which only listings tell has no key identifier. The
    name then says that it may be on the list, and never that it is not.
    """
    by_name: dict[str, list[Held]] = defaultdict(list)
    for held in without_thumbprint(farm):
        own = held.value.certificate
        for name in {names.text_key(n) for n in (own.subject, own.issuer) if n}:
            by_name[name].append(held)
    named = ((one, by_name.get(one.name_key, ())) for one in groups)
    return {one.id: tuple(its) for one, its in named if its and not any(k.subject_key for k in one.certificates)}


def without_thumbprint(farm: Farm) -> Iterator[Held]:
    """Yield the tenant's objects of which no thumbprint is told."""
    for server in farm.servers:
        for held in server.facts.get("entra-authority", ()):
            if not held.value.certificate.sha1:
                yield held
