"""The same farm with one fact less known, or told in another order: what must not change of what a rule says.

wrong(RULE, plan.farm())    # [] : whatever is not known neither clears a finding nor makes one
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from farmsight_collector.model.view import Answer, Coverage, Farm, Held, Server
from farmsight_collector.rules.engine import Evaluation, Finding, evaluate
from farmsight_collector.rules.rule import Rule
from farmsight_wire.v1.vocabulary import KIND_BY_NAME, part_of

How = Literal["denied", "stale", "never"]
K = TypeVar("K")
V = TypeVar("V")
KNOWN = ("observed", "not_applicable")
# Two that differ are both named when what made one of them the odd one (a third, the younger date) is not known.
TIED = frozenset({"adfs.service-accounts-differ", "http.binding-thumbprint-differs", "network.proxy-differs"})
# What clears a suspicion may show in many places (a certificate in MY, in a binding; a name with a plus sign on any
# server): one of them that is not known silences none of the others, and the rule goes by those.
CLEARED_ANYWHERE = frozenset(
    {"crl.double-escaping", "crl.unreachable", "entra.issuing-ca-missing", "user.mapping-name-missing"}
)
# It warns, and says itself that it stands on belief: who the reservation is for is seen, whom AD FS runs as is not.
BELIEVED = frozenset({"http.reservation-rights"})
# The agent read the CRL that lists the CA, and its word is a fact of its own.
READ_BY_AGENTS = frozenset({"crl.ca-revoked"})
# What it looks for is that nothing was heard for too long.
SILENCE = frozenset({"agent.silent"})


@dataclass(frozen=True)
class Place:
    """One part of one probe of one server in one context."""

    server: str
    probe: str
    part: str
    context: str | None

    def __str__(self) -> str:
        context = f" as {self.context}" if self.context else ""
        return f"{self.server}'s {self.probe}{'/' + self.part if self.part else ''}{context}"


class _Noted(Mapping[K, V]):
    """A mapping that notes which keys were asked for."""

    def __init__(self, held: Mapping[K, V], noted: set[K]) -> None:
        self._held, self._noted = held, noted

    def __getitem__(self, key: K) -> V:
        self._noted.add(key)
        return self._held[key]

    def __iter__(self) -> Iterator[K]:
        self._noted.update(self._held)
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class _Asked(Server):
    """A server that notes the kinds it is asked for."""

    def ask(self, kind: str, **narrowed: str | None) -> Answer:
        self.facts.get(kind)
        return super().ask(kind, **narrowed)


def fresh(farm: Farm) -> Farm:
    """Return the same farm with nothing worked out yet."""
    return replace(farm, servers=tuple(replace(server) for server in farm.servers))


def kinds_read(rule: Rule, farm: Farm) -> frozenset[str]:
    """Return the kinds of facts that a rule looks at on this farm, by itself or through what it stands on."""
    noted: set[str] = set()
    servers = []
    for server in farm.servers:
        fields = {name: getattr(server, name) for name in server.__dataclass_fields__}
        servers.append(_Asked(**{**fields, "facts": _Noted(server.facts, noted)}))
    evaluate(replace(farm, servers=tuple(servers)), (rule,))
    return frozenset(noted)


def known_places(farm: Farm, probes: frozenset[str] | None = None) -> Iterator[Place]:
    """Yield what is known of the farm (of these probes)."""
    for server in farm.servers:
        for row in server.coverage:
            if not row.stale and row.outcome in KNOWN and (probes is None or row.probe in probes):
                yield Place(server.name, row.probe, row.part, row.context)


def without(farm: Farm, place: Place, how: How) -> Farm:
    """Return the farm with this place not known: refused, or too long ago (its facts stand), or never looked at."""

    def covered(row: Coverage) -> Coverage | None:
        if (row.probe, row.part, row.context) != (place.probe, place.part, place.context):
            return row
        if how == "never":
            return None
        return replace(row, stale=True) if how == "stale" else replace(row, outcome="denied", reason="made-so")

    def there(held: Held) -> bool:
        kind = KIND_BY_NAME[held.kind]
        return how != "stale" and (kind.probe, part_of(kind, held.key), held.context) == (
            place.probe,
            place.part,
            place.context,
        )

    def seen(server: Server) -> Server:
        if server.name != place.server:
            return replace(server)
        facts = {kind: tuple(held for held in rows if not there(held)) for kind, rows in server.facts.items()}
        return replace(server, coverage=tuple(filter(None, map(covered, server.coverage))), facts=facts)

    return replace(farm, servers=tuple(map(seen, farm.servers)))


def turned(farm: Farm) -> Farm:
    """Return the farm with servers, runs and facts the other way round."""
    return replace(
        farm,
        servers=tuple(
            replace(
                server,
                coverage=server.coverage[::-1],
                facts={kind: rows[::-1] for kind, rows in reversed(list(server.facts.items()))},
            )
            for server in farm.servers[::-1]
        ),
    )


def in_doubt(said: Evaluation, subject: str, server: str | None) -> bool:
    """Tell whether a rule could not tell about this subject on this server."""
    return any(one.verdict.server in (None, server) and one.verdict.about(subject) for one in said.unknown)


def cleared(before: Evaluation, after: Evaluation) -> Iterator[str]:
    """Yield what was found before, and is neither found nor in doubt after, as the store keeps findings open."""
    found = {finding.subject: finding for finding in after.findings}
    for finding in before.findings:
        still = found.get(finding.subject)
        if still is None:
            if not any(in_doubt(after, finding.subject, server) for server in finding.servers or (None,)):
                yield f"{finding.subject!r} is over"
            continue
        for server in set(finding.servers) - set(still.servers):
            if not in_doubt(after, finding.subject, server):
                yield f"{finding.subject!r} is over on {server}"


def risen(before: Evaluation, after: Evaluation) -> Iterator[str]:
    """Yield what is found after, or found of more servers, and was not before.

    How much a finding weighs may change: what would make it lighter is not known any more.
    """
    found = {finding.subject: finding for finding in before.findings}
    for finding in after.findings:
        known = found.get(finding.subject)
        if known is None and finding.rule.code not in CLEARED_ANYWHERE | BELIEVED:
            yield f"{finding.subject!r} is found"
        elif known is None:
            continue
        elif finding.rule.code not in TIED and not set(finding.servers) <= set(known.servers):
            yield f"{finding.subject!r} is found on {', '.join(set(finding.servers) - set(known.servers))}"


def broken(said: Evaluation) -> Iterator[str]:
    """Yield what a rule met that it was not made for."""
    for one in said.unknown:
        if "the rule failed" in one.verdict.reason:
            yield one.verdict.reason


def misnamed(before: Evaluation, after: Evaluation, place: Place) -> Iterator[str]:
    """Yield the doubts that arose where none of them names the place."""
    arisen = _doubts(after) - _doubts(before)
    named = [(probe, context) for _, _, probe, _, context, _ in arisen]
    if any(not probe or (probe == place.probe and context in (None, place.context)) for probe, context in named):
        return
    yield from (f"the doubt is about {probe} as {context}" for probe, context in named)


def _gist(finding: Finding) -> tuple[object, ...]:
    return finding.subject, finding.servers, finding.contexts, finding.severity, finding.entries, finding.since


def _doubts(said: Evaluation) -> set[tuple[object, ...]]:
    verdicts = (one.verdict for one in said.unknown)
    return {(v.server, v.subject, v.probe, v.part, v.context, v.reason) for v in verdicts}


def wrong(rule: Rule, farm: Farm, hows: tuple[How, ...] = ("denied", "stale")) -> list[str]:
    """Return what a rule says of the farm because something is not known, or because of the order it was told in."""
    before = evaluate(fresh(farm), (rule,))
    told = list(broken(before))
    other = evaluate(turned(farm), (rule,))
    if {*map(_gist, before.findings)} != {*map(_gist, other.findings)}:
        told.append("in another order something else is found")
    if _doubts(before) != _doubts(other):
        told.append(f"in another order something else is in doubt: {_doubts(before) ^ _doubts(other)}")
    bare = evaluate(replace(fresh(farm), blob=lambda _: None), (rule,))
    arisen = () if rule.code in READ_BY_AGENTS else risen(before, bare)
    told += [f"the bytes of certificates and CRLs are not here: {way}" for way in (*cleared(before, bare), *arisen)]
    probes = frozenset(KIND_BY_NAME[kind].probe for kind in kinds_read(rule, farm) | set(rule.reads))
    for place in known_places(farm, probes):
        for how in hows:
            if how == "stale" and rule.code in SILENCE:
                continue
            less = without(farm, place, how)
            after = evaluate(less, (rule,))
            ways = [*risen(before, after), *broken(after)]
            if how != "never":  # what was never looked at has no finding to clear
                ways += cleared(before, after)
                ways += () if rule.code in CLEARED_ANYWHERE else misnamed(before, after, place)
            told += [f"{place} is not known ({how}): {way}" for way in ways]
    return told
