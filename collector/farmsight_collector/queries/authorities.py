"""The tree of CAs: each key once, its certificates with where they stand, and which servers lack it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from farmsight_collector.model.per_farm import per_server
from farmsight_collector.model.view import Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_collector.model.words import enum_word
from farmsight_collector.pki.chains import Authority, Standing, UserChains, user_chains
from farmsight_collector.pki.gaps import Gap, Unsure, gaps
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.known import Known
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.engine import Finding
from farmsight_wire.v1 import facts_pb2

Validity = Literal["valid", "ended", "not yet valid", "unknown"]

# What these rules say is of one certificate in one store: it stands where it should not, or as it should not.
PLACED_WRONGLY: Final = frozenset(
    {
        "store.non-root-in-root",
        "store.root-in-intermediate",
        "store.ca-disallowed",
        "store.ca-in-account-store",
        "store.expired-duplicate",
        "store.usages-restricted",
        "store.ca-expired",
        "store.ca-not-yet-valid",
        "store.root-only-by-policy",
    }
)
_STANDINGS: Final = {
    Standing.NAMED: "in users' chains",
    Standing.UNDECIDED: "held by servers; nobody names the CAs of users",
    Standing.HELD: "held by servers; others are named for users",
}
_HOLDERS: Final = ("adfs", "wap")


@dataclass(frozen=True, kw_only=True)
class Stand:
    """Servers that hold a certificate in one store, brought there by one way; `wrong` names what rules say of it."""

    store: str
    origin: str
    servers: tuple[str, ...]
    since: datetime
    wrong: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One certificate of a CA."""

    sha1: str
    issuer: str
    serial: str
    not_before: datetime | None
    not_after: datetime | None
    validity: Validity
    cross: bool  # another key than its own signed it, of a CA that has one that its own key signed
    exact: bool  # False: its dates come from a listing, without a zone
    stands: tuple[Stand, ...]


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Servers that need a CA and do not hold it in the store where it belongs, or of which that is not known."""

    store: str
    servers: tuple[str, ...]
    sure: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One CA key in the tree, at one place: `again` where it stands above with all that hangs on it."""

    id: int
    subject: str
    key: str  # its subject key identifier, empty where only listings were seen
    root: bool
    anchored: bool
    standing: str
    sources: tuple[str, ...]
    copies: tuple[Copy, ...]
    lacks: tuple[Lack, ...]
    depth: int
    again: bool
    other_keys: int  # of the same name

    @property
    def wrong(self) -> bool:
        """Tell whether a certificate of it stands wrongly, or is missing for sure."""
        return any(s.wrong for copy in self.copies for s in copy.stands) or any(one.sure for one in self.lacks)


@dataclass(frozen=True, kw_only=True)
class Tree:
    """All branches in the order of reading, and the stores that could not be looked into, with why."""

    branches: tuple[Branch, ...]
    unknown: tuple[tuple[str, str, str], ...]  # server, store, reason


def answer(picture: Evaluated) -> Tree:
    """Return the CAs that users' certificates may chain to, as of the picture's instant."""
    farm, chains = picture.farm, user_chains(picture.farm)
    wrong: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in picture.evaluation.findings:
        for held in finding.evidence if finding.rule.code in PLACED_WRONGLY else ():
            wrong[held.server, held.key].append(finding)
    lacks = _lacks(farm)
    made = {one.id: (_copies(farm, one, wrong), tuple(_folded(lacks.get(one.id, ())))) for one in chains.authorities}
    walked = _walk(chains)
    return Tree(
        branches=tuple(_branch(chains, one, depth, again=again, made=made) for one, depth, again in walked),
        unknown=tuple(_unknown(farm)),
    )


def _walk(chains: UserChains) -> Iterator[tuple[Authority, int, bool]]:
    """Yield each CA below those that issued it; below another one that did so too, it is named again."""
    shown: set[int] = set()
    tops = [one for one in chains.authorities if not chains.parents(one)]
    waiting = [(one, 0) for one in sorted(tops, key=lambda a: (not a.root, a.name_key, a.id), reverse=True)]
    while waiting:
        one, depth = waiting.pop()
        yield one, depth, one.id in shown
        if one.id not in shown:
            shown.add(one.id)
            below = sorted(chains.children(one), key=lambda a: (a.name_key, a.id), reverse=True)
            waiting.extend((child, depth + 1) for child in below)
    for one in chains.authorities:  # two CAs that certified each other have no top
        if one.id not in shown:
            shown.add(one.id)
            yield one, 0, False


def _branch(
    chains: UserChains,
    one: Authority,
    depth: int,
    *,
    again: bool,
    made: Mapping[int, tuple[tuple[Copy, ...], tuple[Lack, ...]]],
) -> Branch:
    copies, lacks = made[one.id]
    return Branch(
        id=one.id,
        subject=one.subject,
        key=next((known.subject_key for known in one.certificates if known.subject_key), ""),
        root=one.root,
        anchored=one.anchored,
        standing=_STANDINGS[one.standing],
        sources=one.sources,
        copies=copies,
        lacks=lacks,
        depth=depth,
        again=again,
        other_keys=len(chains.namesakes(one)),
    )


def _copies(farm: Farm, one: Authority, wrong: Mapping[tuple[str, str], list[Finding]]) -> tuple[Copy, ...]:
    return tuple(
        Copy(
            sha1=known.sha1,
            issuer=known.issuer,
            serial=known.summary.serial_number,
            not_before=known.not_before,
            not_after=known.not_after,
            validity=_validity(known, farm.as_of),
            cross=one.root and known.self_signed is False,
            exact=not known.doubt,
            stands=tuple(_stands(farm, known, wrong)),
        )
        for known in one.certificates
    )


def _validity(known: Known, at: datetime) -> Validity:
    ended, begun = known.ended(at), known.begun(at)
    if ended is True:
        return "ended"
    if begun is False:
        return "not yet valid"
    return "valid" if ended is False and begun else "unknown"


def _stands(farm: Farm, known: Known, wrong: Mapping[tuple[str, str], list[Finding]]) -> Iterator[Stand]:
    by_place: dict[tuple[str, str, tuple[str, ...]], list[Held]] = defaultdict(list)
    for held in _held(farm, known):
        own = "" if held.value.account == "" else f" of {held.value.account}"
        codes = tuple(one.rule.code for one in wrong.get((held.server, held.key), ()))
        by_place[held.value.store + own, enum_word(held.value, "origin"), codes].append(held)
    for (store, origin, _), its in sorted(by_place.items()):
        found = {one.id: one for held in its for one in wrong.get((held.server, held.key), ())}
        yield Stand(
            store=store,
            origin="" if origin in ("unspecified", "unknown") else origin,
            servers=tuple(sorted({held.server for held in its})),
            since=max(held.began for held in its),
            wrong=tuple(found.values()),
        )


def _held(farm: Farm, known: Known) -> Iterator[Held]:
    """Yield the facts by which it stands in stores; those of accounts, too, which the machine does not look into."""
    mine = [held for held in known.held if held.kind == "store-certificate"]
    yield from mine
    seen = {(held.server, held.key) for held in mine}
    for server in farm.servers:
        for held in _of_accounts(server).get(known.sha1, ()):
            if (held.server, held.key) not in seen:
                yield held


@per_server
def _of_accounts(server: Server) -> Mapping[str, list[Held]]:
    """Return what the stores of accounts hold, by SHA-1."""
    found: dict[str, list[Held]] = defaultdict(list)
    for held in server.facts.get("store-certificate", ()):
        if held.value.location in (facts_pb2.STORE_LOCATION_USER, facts_pb2.STORE_LOCATION_SERVICE):
            found[held.value.certificate.sha1].append(held)
    return found


def _lacks(farm: Farm) -> dict[int, list[tuple[str, Gap | Unsure]]]:
    found: dict[int, list[tuple[str, Gap | Unsure]]] = defaultdict(list)
    for server in farm.of_role(*_HOLDERS):
        for roots in (True, False):
            try:
                for gap in gaps(farm, server, roots=roots):
                    found[gap.authority.id].append((server.name, gap))
            except UnknownFactError:
                continue
    return found


def _folded(found: Iterable[tuple[str, Gap | Unsure]]) -> Iterator[Lack]:
    by_kind: dict[tuple[str, bool, str], list[str]] = defaultdict(list)
    for server, gap in found:
        store = "ROOT" if gap.authority.root else "CA"
        sure = isinstance(gap, Gap)
        renewed = isinstance(gap, Gap) and gap.renewal_of is not None
        reason = gap.reason if isinstance(gap, Unsure) else "it holds an older key of this CA" if renewed else ""
        by_kind[store, sure, reason].append(server)
    for (store, sure, reason), servers in by_kind.items():
        yield Lack(store=store, servers=tuple(servers), sure=sure, reason=reason)


def _unknown(farm: Farm) -> Iterator[tuple[str, str, str]]:
    for server in farm.of_role(*_HOLDERS):
        for store in ("ROOT", "CA"):
            known = inventory(farm).answer(server, store)
            if known.knowledge is Knowledge.UNKNOWN:
                yield server.name, store, known.reason
