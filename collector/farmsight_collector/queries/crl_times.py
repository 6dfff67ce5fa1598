"""Each CRL by its URL on the line of time: this update, next publish, next update, who fetched which when, and caches.

What a CA promises stands in the CRL; what servers have of it stands in what
they fetched and in the caches of their accounts. A CRL whose next publish is
over and which is served all the same is overdue, by the limits that the rule
`crl.close-to-expiry` names.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.chains import Authority, UserChains, user_chains
from farmsight_collector.pki.crl_numbers import crl_number
from farmsight_collector.pki.freshness import doubt, next_update, this_update
from farmsight_collector.pki.names import text_key
from farmsight_collector.pki.revocation import named_by
from farmsight_collector.queries.fetches import went
from farmsight_collector.queries.retrievals import by_purpose
from farmsight_collector.rules.crl.close_to_expiry import overdue
from farmsight_wire.v1 import facts_pb2 as f

_PURPOSES: Final = ("crl ", "delta ")


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """One account of a server that was given a CRL: since when, and when it last asked."""

    server: str
    context: str
    since: datetime
    asked: datetime
    stale: bool


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One CRL that a URL serves, or served to those who do not ask any more."""

    number: str
    this_update: datetime | None
    next_update: datetime | None
    next_publish: datetime | None
    size: int
    exact: bool  # False: the platform's tool told local times
    overdue: str  # the limit that it is beyond; empty: none, or it can't be told
    ended: bool
    newest: bool
    fetches: tuple[Fetch, ...]


@dataclass(frozen=True, kw_only=True)
class Cached:
    """What an account goes by until then, whatever the URL serves."""

    server: str
    context: str
    number: str
    fetched_at: datetime | None
    expires_at: datetime | None
    older: bool  # than the newest that anybody was given by this URL


@dataclass(frozen=True, kw_only=True)
class Line:
    """One URL of a CRL or delta."""

    key: str
    issuer: str
    issues: tuple[Issue, ...]  # the newest first
    caches: tuple[Cached, ...]
    failing: tuple[tuple[str, str, str], ...]  # server, account, what happened
    unknown: int  # accounts of which nothing is known

    @property
    def purpose(self) -> str:
        """Return crl or delta."""
        return self.key.partition(" ")[0]

    @property
    def url(self) -> str:
        """Return the URL."""
        return self.key.partition(" ")[2]


def answer(farm: Farm) -> tuple[Line, ...]:
    """Return every URL of a CRL that anybody fetched or has in a cache: by CA, base before delta."""
    chains = user_chains(farm)
    by_key: dict[str, list[tuple[Server, Held]]] = defaultdict(list)
    for server in farm.servers:
        for held in server.facts.get("retrieval", ()):
            if held.key.startswith(_PURPOSES):
                by_key[held.key].append((server, held))
    caches, issuers = _caches(farm), _issuers(farm, chains, by_key)
    lines = [
        _line(farm, issuers.get(key, ""), key, its, caches.get(key.partition(" ")[2], ()))
        for key, its in by_key.items()
    ]
    return tuple(sorted(lines, key=lambda one: (not one.issuer, text_key(one.issuer), by_purpose(one.key))))


def _line(farm: Farm, issuer: str, key: str, its: Iterable[tuple[Server, Held]], caches: Iterable[Held]) -> Line:
    issues: dict[tuple[str, str], list[tuple[Server, Held]]] = defaultdict(list)
    failing, unknown = [], 0
    for server, held in its:
        value, told = held.value, went(held.value, farm.as_of)
        if value.outcome == f.RETRIEVAL_OUTCOME_OK and value.HasField("crl"):
            issues[value.crl.number, _dates(value.crl)].append((server, held))
        elif told.state == "bad":
            failing.append((server.name, held.context or "", told.text))
        elif told.state == "unknown":
            unknown += 1
    rows = sorted(issues.values(), key=lambda rows: _age(rows[0][1].value.crl), reverse=True)
    newest = crl_number(rows[0][0][1].value.crl.number) if rows else None
    return Line(
        key=key,
        issuer=issuer,
        issues=tuple(_issue(farm, row, newest=at == 0) for at, row in enumerate(rows)),
        caches=tuple(_cached(held, newest) for held in caches),
        failing=tuple(failing),
        unknown=unknown,
    )


def _issuers(farm: Farm, chains: UserChains, by_key: Mapping[str, list[tuple[Server, Held]]]) -> dict[str, str]:
    """Return the CA of each URL as far as it is known.

    By the key that verified the list, by the name in it, by the tenant's object
    that names it, or by another list that the same certificate names.
    """
    found: dict[str, str] = {}
    by_certificate: dict[str, set[str]] = defaultdict(set)
    for key, its in sorted(by_key.items()):
        named = (name for _, held in its for name in _names(farm, chains, held.value))
        issuer = next((name for name in named if name), "")
        if issuer:
            found[key] = issuer
            for sha1 in {sha1 for _, held in its for sha1 in held.value.named_by}:
                by_certificate[sha1].add(issuer)
    for key in by_key.keys() - found.keys():
        named_too = {sha1 for _, held in by_key[key] for sha1 in held.value.named_by}
        alike = {issuer for sha1 in named_too for issuer in by_certificate[sha1]}
        if len(alike) == 1:  # else nothing says which of them
            found[key] = alike.pop()
    return found


def _names(farm: Farm, chains: UserChains, value: f.Retrieval) -> Iterator[str]:
    verified: Authority | None = chains.by_sha1.get(value.expected_issuer_sha1)
    yield verified.subject if verified is not None else value.crl.issuer
    for sha1 in set(named_by(farm, value)) - set(value.named_by):
        yield chains.by_sha1[sha1].subject if sha1 in chains.by_sha1 else ""


def _dates(crl: f.CrlSummary) -> str:
    return f"{crl.this_update.seconds} {crl.next_update.seconds}"


def _age(crl: f.CrlSummary) -> tuple[int, int]:
    number = crl_number(crl.number)
    return (-1 if number is None else number, crl.this_update.seconds)


def _issue(farm: Farm, rows: list[tuple[Server, Held]], *, newest: bool) -> Issue:
    value = rows[0][1].value
    unsure = doubt(value)
    beyond, ends = overdue(value.crl, farm.as_of, unsure), next_update(value.crl)
    return Issue(
        number=value.crl.number,
        this_update=this_update(value.crl),
        next_update=ends,
        next_publish=value.crl.next_publish.ToDatetime(tzinfo=UTC) if value.crl.HasField("next_publish") else None,
        size=max(int(held.value.size) for _, held in rows),
        exact=not unsure,
        overdue=beyond.text if beyond is not None else "",
        ended=ends is not None and ends + unsure <= farm.as_of,
        newest=newest,
        fetches=tuple(_fetch(server, held) for server, held in rows),
    )


def _fetch(server: Server, held: Held) -> Fetch:
    run = next((r for r in server.coverage if r.probe == "retrievals" and r.context == held.context), None)
    return Fetch(
        server=server.name,
        context=held.context or "",
        since=held.began,
        asked=run.covered_until if run is not None else held.began,
        stale=run is None or run.stale,
    )


def _caches(farm: Farm) -> Mapping[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    for server in farm.servers:
        for context in (*server.contexts("url-cache"), None):
            for held in server.ask("url-cache", context=context).facts:
                found[held.key].append(held)
    return found


def _cached(held: Held, newest: int | None) -> Cached:
    value = held.value
    number = crl_number(value.crl.number)
    ends = value.expires_at.ToDatetime(tzinfo=UTC) if value.HasField("expires_at") else next_update(value.crl)
    return Cached(
        server=held.server,
        context=held.context or "",
        number=value.crl.number,
        fetched_at=value.fetched_at.ToDatetime(tzinfo=UTC) if value.HasField("fetched_at") else None,
        expires_at=ends,
        older=number is not None and newest is not None and number < newest,
    )


def publications(lines: Iterable[Line]) -> Iterator[tuple[Line, Issue]]:
    """Yield the newest CRL of each URL whose publication is overdue, what ends first first."""
    late = [(line, line.issues[0]) for line in lines if line.issues and line.issues[0].overdue]
    return iter(sorted(late, key=lambda one: one[1].next_update or datetime.max.replace(tzinfo=UTC)))
