"""One server: its role, its findings, what it was asked and what is not known of it, and its facts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from farmsight_collector.errors import NotFoundError
from farmsight_collector.model.view import Coverage, Farm, Held, Server
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_collector.queries.agents import agents_of
from farmsight_collector.shown.ages import ago
from farmsight_collector.shown.findings import Shown, causes
from farmsight_collector.shown.picture import ROLES, told
from farmsight_collector.shown.summary import counts, every
from farmsight_collector.shown.texts import place
from farmsight_collector.shown.unknowns import unknowns
from farmsight_collector.web.page import Asked, Page

FACTS_AT_ONCE: Final = 200


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact in a row."""

    kind: str
    context: str
    key: str
    says: str
    since: datetime
    account: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which facts are shown."""

    kind: str
    context: str
    find: str

    def lets(self, held: Held) -> bool:
        """Tell whether a fact is shown, by all but its words."""
        return (not self.kind or held.kind == self.kind) and (not self.context or held.context == self.context)


def values(asked: Asked) -> Mapping[str, object]:
    """Return the server as of the instant; raises NotFoundError."""
    picture = asked.evaluated()
    one = _named(picture.farm, asked.path["server"])
    ordered = sorted(told(picture), key=lambda each: -each.severity)
    here = [each for each in every(causes(ordered)) if one.name in each.servers]
    items = [item for item in messages.unknown_items((one,), picture.evaluation.unknown) if item.server == one.name]
    voices = agents_of(asked.connection, asked.farm, asked.at, {one.name: one})
    return {
        "server": one,
        "role": ROLES.get(one.role, one.role),
        "roots": {each.finding.id for each in causes(ordered)},
        "findings": sorted(here, key=_severity),
        "counts": counts(each.severity for each in here),
        "probes": [_probe(row) for row in sorted(one.coverage, key=_order)],
        "outcomes": _outcomes(one.coverage),
        "silent": bool(one.coverage) and all(row.stale for row in one.coverage),
        "contexts": sorted({row.context for row in one.coverage if row.context}),
        "unknown": unknowns((), items, [one.name]).others,
        "agents": [each for each in voices if each.row.server == one.name],
        "ago": partial(ago, at=asked.at),
        **_facts(asked, one),
    }


def _named(farm: Farm, name: str) -> Server:
    for one in farm.servers:
        if one.name.lower() == name.lower():
            return one
    there = ", ".join(one.name for one in farm.servers[:60]) or "none"
    when = f"{farm.as_of:%Y-%m-%d %H:%MZ}"
    raise NotFoundError(f"No server {name[:100]!r} reported to {farm.name} by {when}; there was: {there}.")


def _severity(one: Shown) -> tuple[int, str]:
    return ("critical", "error", "warning", "info").index(one.severity), one.code


def _facts(asked: Asked, one: Server) -> Mapping[str, object]:
    chosen = Chosen(
        kind=asked.parameters.text("kind"),
        context=asked.parameters.text("context"),
        find=asked.parameters.text("find"),
    )
    skip = asked.parameters.number("skip", 0, 0, 10**6)
    matching: Sequence[Fact] = ()
    if chosen.kind or chosen.find or chosen.context:
        held = (held for rows in one.facts.values() for held in rows if chosen.lets(held))
        needle = chosen.find.lower()
        matching = [row for row in map(_fact, held) if needle in f"{row.kind} {row.key} {row.says}".lower()]
    return {
        "chosen": chosen,
        "kinds": sorted(Counter({kind: len(rows) for kind, rows in one.facts.items()}).items()),
        "total": sum(map(len, one.facts.values())),
        "matching": len(matching),
        "facts": matching[skip : skip + FACTS_AT_ONCE],
        "skip": skip,
        "at_once": FACTS_AT_ONCE,
    }


def _fact(held: Held) -> Fact:
    return Fact(
        kind=held.kind,
        context=held.context or "",
        key=held.key,
        says=describe(held.fact),
        since=held.began,
        account=held.fact.asked_by.account,
        where=place(held.fact.source),
    )


def _order(row: Coverage) -> tuple[bool, str, str, str]:
    """Order what is not known first."""
    return _known(row), row.probe, row.part, row.context or ""


def _known(row: Coverage) -> bool:
    return not row.stale and row.outcome in ("observed", "not_applicable")


def _probe(row: Coverage) -> Mapping[str, object]:
    outcome = "not seen any more" if row.stale else row.outcome.replace("_", " ")
    state = "ok" if row.outcome == "observed" and not row.stale else "none" if _known(row) else "unknown"
    return {"row": row, "outcome": outcome, "state": state}


def _outcomes(rows: Iterable[Coverage]) -> list[tuple[str, int]]:
    return Counter("not seen any more" if row.stale else row.outcome.replace("_", " ") for row in rows).most_common()


PAGE = Page(
    name="server",
    title="Server",
    path="/farms/{farm}/servers/{server}",
    template="server.html.j2",
    values=values,
    navigated=False,
)
