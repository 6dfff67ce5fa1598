"""Which CAs matter on a farm, and the chain of each.

Users' certificates are rarely at hand, so the CAs that may have issued them
are taken from where somebody said so (the tenant's list, NTAuth, the client
authentication issuers, a user's certificate or a CA that was verified: NAMED)
and else from the servers' CA stores (HELD, or UNDECIDED when nobody named
any). Public CAs in those stores, CAs that may not issue for client
authentication, and what Windows itself ships are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm
from farmsight_collector.pki import naming, verdicts
from farmsight_collector.pki.authority import Authority, Standing
from farmsight_collector.pki.inventory import Known, inventory
from farmsight_collector.pki.linking import SHIPPED_WITH_WINDOWS, closure, grouped, issued, linked
from farmsight_wire.v1 import facts_pb2

__all__ = [
    "SHIPPED_WITH_WINDOWS",
    "Authority",
    "Standing",
    "UserChains",
    "allows_client_authentication",
    "issued",
    "user_chains",
]

CLIENT_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.2"
ANY_USAGE: Final = frozenset({"2.5.29.37.0", "1.3.6.1.4.1.311.10.12.1"})


@dataclass(frozen=True, kw_only=True)
class UserChains:
    """The CAs that matter."""

    authorities: tuple[Authority, ...]
    by_id: Mapping[int, Authority]
    by_sha1: Mapping[str, Authority]

    def parents(self, authority: Authority) -> tuple[Authority, ...]:
        """Return the CAs that issued this one, as far as they are known."""
        return tuple(self.by_id[one] for one in authority.parents if one in self.by_id)

    def children(self, authority: Authority) -> tuple[Authority, ...]:
        """Return the CAs that this one issued."""
        return tuple(self.by_id[one] for one in authority.children if one in self.by_id)

    def issues_authorities(self, authority: Authority) -> bool:
        """Tell whether this CA issued others under any of its keys: a new one of a root has issued none at first."""
        return any(self.children(one) for one in (authority, *self.namesakes(authority)))

    def ancestors(self, authority: Authority) -> tuple[Authority, ...]:
        """Return everything above this CA."""
        above = closure([authority.id], {one.id: one.parents for one in self.authorities})
        return tuple(self.by_id[one] for one in sorted(above - {authority.id}) if one in self.by_id)

    def namesakes(self, authority: Authority) -> tuple[Authority, ...]:
        """Return the other keys of the same CA: it was renewed with a new key."""
        mine = authority.name_key
        return tuple(a for a in self.authorities if a.id != authority.id and a.name_key == mine)


@per_farm
def user_chains(farm: Farm) -> UserChains:
    """Return the CAs that users' certificates on this farm may chain to."""
    groups = linked(grouped(inventory(farm).known.values()), verdicts.links(farm))
    parents = {one.id: one.parents for one in groups}
    users, alike = naming.of_users(farm, groups), naming.alike(farm, groups)
    sources = {one.id: naming.sources(one, users) for one in groups}
    named = closure((one for one, who in sources.items() if who), parents)
    likely = closure(alike, parents)
    held = closure(_held_seeds(groups), parents)
    rest = Standing.HELD if named or likely else Standing.UNDECIDED
    kept = [
        replace(
            a,
            standing=Standing.NAMED if a.id in named else Standing.UNDECIDED if a.id in likely else rest,
            sources=sources[a.id],
            alike=alike.get(a.id, ()),
        )
        for a in groups
        if a.id in named or a.id in likely or a.id in held
    ]
    return UserChains(
        authorities=tuple(sorted(kept, key=lambda a: (a.subject, a.id))),
        by_id={a.id: a for a in kept},
        by_sha1={sha1: a for a in kept for sha1 in a.sha1s},
    )


def allows_client_authentication(known: Known) -> bool:
    """Tell whether the certificate's extended key usages, if any, let it stand in a user's chain."""
    usages = known.certificate.extended_usages if known.certificate else None
    return usages is None or CLIENT_AUTHENTICATION in usages or bool(ANY_USAGE.intersection(usages))


def _held_seeds(linked: list[Authority]) -> Iterator[int]:
    by_id = {a.id: a for a in linked}
    above = {a.id: a.parents for a in linked}
    for authority in filter(_in_ca_store, linked):
        if not any(map(allows_client_authentication, authority.certificates)):
            continue
        roots = [by_id[one] for one in closure([authority.id], above) if by_id[one].root]
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
