"""Which CAs matter on a farm, and the chain of each.

Users' certificates are rarely at hand, so the CAs that may have issued them
are taken from where somebody said so (the tenant's list, NTAuth, the client
authentication issuers: NAMED) and else from the servers' CA stores (HELD, or
UNDECIDED when nobody named any). Public CAs in those stores, CAs that may not
issue for client authentication, and what Windows itself ships are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import certificates, names
from farmsight_collector.pki.inventory import Known, inventory
from farmsight_wire.v1 import facts_pb2

CLIENT_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.2"
ANY_USAGE: Final = frozenset({"2.5.29.37.0", "1.3.6.1.4.1.311.10.12.1"})
# In the CA store of every Windows installation, and in no user's chain.
SHIPPED_WITH_WINDOWS: Final = frozenset(
    {
        "fee449ee0e3965a5246f000e87fde2a065fd89d4",  # Root Agency
        "d559a586669b08f46a30a133f8a9ed3d038e2ea8",  # VeriSign Class 3 International Server CA
        "109f1caed645bb78b3ea2b94c0697c740733031c",  # Microsoft Windows Hardware Compatibility
    }
)


class Standing(IntEnum):
    """How it is known that a CA is in users' chains."""

    HELD = 1  # some server holds it, while those who name CAs name others
    UNDECIDED = 2  # some server holds it, and nobody names any CA
    NAMED = 3  # the tenant, NTAuth or a client authentication issuers store names it or what it issued


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One CA key under one name, with all the certificates made out for it, newest first."""

    id: int
    certificates: tuple[Known, ...]
    root: bool
    standing: Standing = Standing.HELD
    sources: tuple[str, ...] = ()  # who names this very CA
    parents: tuple[int, ...] = ()
    children: tuple[int, ...] = ()
    anchored: bool = True  # a path to a root is known

    @property
    def subject(self) -> str:
        """Return the CA's name, RFC 4514."""
        return self.certificates[0].subject

    @property
    def sha1s(self) -> frozenset[str]:
        """Return the thumbprints of all its certificates."""
        return frozenset(known.sha1 for known in self.certificates)

    @property
    def held(self) -> tuple[Held, ...]:
        """Return every fact that holds one of its certificates."""
        return tuple(held for known in self.certificates for held in known.held)

    def valid_at(self, at: datetime) -> tuple[Known, ...]:
        """Return its certificates that are valid at this time."""
        return tuple(known for known in self.certificates if known.valid_at(at))


@dataclass(frozen=True, kw_only=True)
class UserChains:
    """The CAs that matter."""

    authorities: tuple[Authority, ...]
    by_id: Mapping[int, Authority]
    by_sha1: Mapping[str, Authority]
    somebody_names: bool  # the tenant, NTAuth or a client authentication issuers store holds some CA

    def parents(self, authority: Authority) -> tuple[Authority, ...]:
        """Return the CAs that issued this one, as far as they are known."""
        return tuple(self.by_id[one] for one in authority.parents if one in self.by_id)

    def children(self, authority: Authority) -> tuple[Authority, ...]:
        """Return the CAs that this one issued."""
        return tuple(self.by_id[one] for one in authority.children if one in self.by_id)

    def ancestors(self, authority: Authority) -> tuple[Authority, ...]:
        """Return everything above this CA."""
        above = _closure([authority.id], {one.id: one.parents for one in self.authorities})
        return tuple(self.by_id[one] for one in sorted(above - {authority.id}) if one in self.by_id)

    def namesakes(self, authority: Authority) -> tuple[Authority, ...]:
        """Return the other keys of the same CA: it was renewed with a new key."""
        mine = _name_key(authority.certificates[0])
        return tuple(a for a in self.authorities if a.id != authority.id and _name_key(a.certificates[0]) == mine)


@per_farm
def user_chains(farm: Farm) -> UserChains:
    """Return the CAs that users' certificates on this farm may chain to."""
    groups = _grouped(inventory(farm).known.values())
    linked = _linked(groups)
    sources = {one.id: _sources(one) for one in linked}
    named = _closure((one for one, who in sources.items() if who), {a.id: a.parents for a in linked})
    held = _closure(_held_seeds(linked), {a.id: a.parents for a in linked})
    standing = Standing.HELD if named else Standing.UNDECIDED
    kept = [
        replace(a, standing=Standing.NAMED if a.id in named else standing, sources=sources[a.id])
        for a in linked
        if a.id in named or a.id in held
    ]
    return UserChains(
        authorities=tuple(sorted(kept, key=lambda a: (a.subject, a.id))),
        by_id={a.id: a for a in kept},
        by_sha1={sha1: a for a in kept for sha1 in a.sha1s},
        somebody_names=bool(named),
    )


def allows_client_authentication(known: Known) -> bool:
    """Tell whether the certificate's extended key usages, if any, let it stand in a user's chain."""
    usages = known.certificate.extended_usages if known.certificate else None
    return usages is None or CLIENT_AUTHENTICATION in usages or bool(ANY_USAGE.intersection(usages))


def _name_key(known: Known) -> tuple[str, bytes]:
    if known.certificate is not None:
        return ("der", known.certificate.subject_name)
    return ("text", names.text_key(known.subject).encode())


def _grouped(known: Iterable[Known]) -> list[Authority]:
    groups: dict[tuple[object, ...], list[Known]] = defaultdict(list)
    for one in known:
        if one.subject and one.sha1 not in SHIPPED_WITH_WINDOWS:
            key = one.certificate.public_key_sha256 if one.certificate else one.subject_key or one.sha1
            groups[(*_name_key(one), key)].append(one)
    return [
        Authority(
            id=number,
            certificates=tuple(sorted(members, key=lambda k: (str(k.not_before), k.sha1), reverse=True)),
            root=any(member.self_signed for member in members),
        )
        for number, (_, members) in enumerate(sorted(groups.items(), key=lambda item: item[1][0].sha1))
    ]


def _linked(groups: list[Authority]) -> list[Authority]:
    by_name: dict[str, list[Authority]] = defaultdict(list)
    for group in groups:
        by_name[names.text_key(group.subject)].append(group)
        if group.certificates[0].certificate is not None:
            by_name[group.certificates[0].certificate.subject_name.hex()].append(group)
    parents = {group.id: tuple(sorted(_parents(group, by_name))) for group in groups}
    children: dict[int, list[int]] = defaultdict(list)
    for child, above in parents.items():
        for parent in above:
            children[parent].append(child)
    roots = {group.id for group in groups if group.root}
    anchored = _closure(roots, children)
    return [
        replace(g, parents=parents[g.id], children=tuple(sorted(children[g.id])), anchored=g.id in anchored)
        for g in groups
    ]


def _parents(group: Authority, by_name: Mapping[str, list[Authority]]) -> Iterator[int]:
    if group.root:  # a root needs nobody above it, cross certificates or not
        return
    seen = set()
    for child in group.certificates:
        keys = [names.text_key(child.issuer)]
        if child.certificate is not None:
            keys.append(child.certificate.issuer_name.hex())
        for candidate in (c for key in keys for c in by_name.get(key, ())):
            if candidate.id in seen or candidate.id == group.id:
                continue
            if any(issued(child, parent) for parent in candidate.certificates):
                seen.add(candidate.id)
                yield candidate.id


def issued(child: Known, parent: Known) -> bool:
    """Tell whether `parent` issued `child`: by name, key identifiers and signature, as far as they are known."""
    if child.authority_key and parent.subject_key and child.authority_key != parent.subject_key:
        return False
    if child.certificate is None or parent.certificate is None:
        return names.text_key(child.issuer) == names.text_key(parent.subject)
    if child.certificate.issuer_name != parent.certificate.subject_name:
        return False
    return certificates.signed_by(child.certificate, parent.certificate) is not False


def _sources(authority: Authority) -> tuple[str, ...]:
    found = set()
    for held in (held for known in authority.certificates for held in known.distinct):
        if held.kind == "entra-authority":
            found.add("tenant")
        elif held.value.store in ("NTAuth", "ClientAuthIssuer"):
            found.add(held.value.store)
    return tuple(sorted(found))


def _held_seeds(linked: list[Authority]) -> Iterator[int]:
    by_id = {a.id: a for a in linked}
    above = {a.id: a.parents for a in linked}
    for authority in filter(_in_ca_store, linked):
        if not any(map(allows_client_authentication, authority.certificates)):
            continue
        roots = [by_id[one] for one in _closure([authority.id], above) if by_id[one].root]
        if not roots or not all(_foreign(root) for root in roots):
            yield authority.id


def _in_ca_store(authority: Authority) -> bool:
    return any(
        held.kind == "store-certificate"
        and held.value.store == "CA"
        and known.summary.is_ca != facts_pb2.TRISTATE_NO
        and (known.certificate is None or known.certificate.is_ca is not False)
        for known in authority.certificates
        for held in known.distinct
    )


def _foreign(authority: Authority) -> bool:
    return all(known.foreign for known in authority.certificates)


def _closure(start: Iterable[int], steps: Mapping[int, Iterable[int]]) -> set[int]:
    reached: set[int] = set()
    waiting = list(start)
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting.extend(steps.get(one, ()))
    return reached
