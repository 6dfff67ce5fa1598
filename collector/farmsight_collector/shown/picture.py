"""One farm as of an instant, as pages show it: its causes, its servers, and what is not known of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from farmsight_collector.model.mode import Mode, farm_mode
from farmsight_collector.model.view import Server
from farmsight_collector.queries import messages, status
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.shown.findings import WORDS, Cause, causes
from farmsight_collector.shown.summary import Headline, counts, every, headline
from farmsight_collector.shown.unknowns import Unknowns, unknowns
from farmsight_wire.v1 import query_pb2

ROLES: Final = {"adfs": "AD FS", "wap": "WAP", "proxy": "proxy", "vantage": "vantage point"}
_MODES: Final = {
    Mode.CLASSIC: "port 49443",
    Mode.ALTERNATE: "certauth, port 443",
    Mode.UNKNOWN: "not known",
}


@dataclass(frozen=True, kw_only=True)
class ServerRow:
    """One server in a list: `silent` when no run covers the instant any more; `causes` by their numbers and ids."""

    name: str
    role: str
    last_seen: datetime | None
    silent: bool
    reported: bool  # ever
    version: str
    facts: int
    counts: Sequence[tuple[str, int]]
    causes: Sequence[tuple[int, str]]
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that a farm's page begins with."""

    verdict: Headline
    causes: tuple[Cause, ...]
    counts: Sequence[tuple[str, int]]
    findings: int
    mode: str
    mode_reason: str
    roles: Sequence[tuple[str, int]]
    servers: tuple[ServerRow, ...]
    unknown: Unknowns
    untold: int  # things that could not be looked at
    undecided: int  # rules that cannot tell in full


def told(evaluated: Evaluated) -> list[query_pb2.Finding]:
    """Return the findings, and those that stay open because nobody can tell that they are over."""
    return [*map(messages.finding, evaluated.evaluation.findings), *map(messages.stored_finding, evaluated.carried)]


def picture(evaluated: Evaluated) -> Picture:
    """Return what is shown of a farm."""
    farm = evaluated.farm
    items = messages.unknown_items(farm.servers, evaluated.evaluation.unknown)
    found = causes(sorted(told(evaluated), key=lambda one: -one.severity))
    mode = farm_mode(farm)
    counted = counts(one.severity for one in every(found))
    undecided = len({item.code for item in items if item.code})
    return Picture(
        verdict=headline(status.verdict(evaluated, status.things(items)), found),
        causes=found,
        counts=counted,
        findings=sum(count for _, count in counted),
        mode=_MODES[mode.mode],
        mode_reason=mode.reason,
        roles=roles(server.role for server in farm.servers),
        servers=tuple(_servers(farm.servers, found, items)),
        unknown=unknowns((), items, [server.name for server in farm.servers]),
        untold=status.untold(items),
        undecided=undecided,
    )


def roles(of_servers: Iterable[str]) -> list[tuple[str, int]]:
    """Return how many servers of each role there are, roles in words."""
    counted = Counter(of_servers)
    return [(ROLES.get(role, role or "of unknown role"), counted[role]) for role in sorted(counted)]


def _servers(
    servers: Iterable[Server], found: Sequence[Cause], items: Iterable[query_pb2.UnknownItem]
) -> Iterable[ServerRow]:
    unknown = Counter(item.server for item in items if not item.code)
    by_server: dict[str, list[str]] = {}
    by_cause: dict[str, dict[int, str]] = {}
    for cause in found:
        for one in every((cause,)):
            for name in one.servers:
                by_server.setdefault(name, []).append(one.severity)
                by_cause.setdefault(name, {})[cause.number] = cause.finding.id
    rows = [
        ServerRow(
            name=one.name,
            role=one.role,
            last_seen=one.last_seen,
            silent=bool(one.coverage) and all(row.stale for row in one.coverage),
            reported=bool(one.coverage),
            version=one.agent_version,
            facts=sum(map(len, one.facts.values())),
            counts=counts(by_server.get(one.name, ())),
            causes=tuple(by_cause.get(one.name, {}).items()),
            unknown=unknown[one.name],
        )
        for one in servers
    ]
    return sorted(rows, key=_worst_first)


def _worst_first(row: ServerRow) -> tuple[int, int, str]:
    worst = WORDS.index(row.counts[0][0]) if row.counts else len(WORDS)
    return worst, -(row.counts[0][1] if row.counts else 0), row.name
