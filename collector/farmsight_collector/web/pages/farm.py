"""A farm: is it well, what is the cause where it is not, what is not known, and what changed in the last day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from farmsight_collector.queries import changes, first_changes
from farmsight_collector.shown.ages import ago
from farmsight_collector.shown.change_rows import rows
from farmsight_collector.shown.findings import WORDS, Cause, Shown
from farmsight_collector.shown.marks import marks
from farmsight_collector.shown.picture import Picture, picture
from farmsight_collector.shown.summary import every
from farmsight_collector.web.page import Asked, Page, Part
from farmsight_collector.web.pages.acknowledging import SPANS, acknowledged, windows

OPEN_AT_ONCE: Final = 2  # causes that are seen whole without opening anything
LATELY: Final = timedelta(days=1)
CHANGES: Final = 12


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which causes are shown: at least so severe, concerning a server, with some words in them."""

    least: str = ""
    server: str = ""
    find: str = ""
    unseen: bool = False  # only what nobody has acknowledged

    def __bool__(self) -> bool:
        """Tell whether anything may be left out."""
        return bool(self.least or self.server or self.find or self.unseen)

    def lets(self, cause: Cause, seen: Collection[str]) -> bool:
        """Tell whether a cause is shown, by itself or by what it explains; `seen` are the acknowledged ones."""
        if self.unseen and cause.finding.id in seen:
            return False
        return any(self._lets(one) for one in every((cause,)))

    def _lets(self, one: Shown) -> bool:
        severe = not self.least or WORDS.index(one.severity) <= WORDS.index(self.least)
        here = not self.server or any(self.server.lower() == name.lower() for name in one.servers)
        said = f"{one.code} {one.title} {one.subject} {one.why} {' '.join((*one.servers, *one.catalogue))}".lower()
        return severe and here and (not self.find or self.find.lower() in said)


def values(asked: Asked) -> Mapping[str, object]:
    """Return the farm's picture, with those causes that the filter lets through."""
    looked = first_changes.with_known(asked.connection, asked.evaluated())
    whole = picture(looked.picture)
    chosen = Filter(
        least=asked.parameters.one_of("least", ("", *WORDS), ""),
        server=asked.parameters.text("server"),
        find=asked.parameters.text("find"),
        unseen=asked.parameters.flag("unseen"),
    )
    seen = acknowledged(asked.connection, asked.farm, asked.at)
    shown = tuple(one for one in whole.causes if chosen.lets(one, seen))
    lately = _lately(asked)
    marked = marks(looked.picture.evaluation.findings)
    folded = rows(lately.changes, marked)
    return {
        "picture": whole,
        "causes": shown,
        "chosen": chosen,
        "acknowledged": seen,
        "seen_causes": sum(one.finding.id in seen for one in whole.causes),
        "windows": windows(asked.connection, asked.farm, asked.at),
        "spans": SPANS,
        "words": WORDS,
        "open_at_once": OPEN_AT_ONCE,
        "pending": looked.missing,  # since when they are so is not known yet: evidence alone may be older
        "lately": folded[:CHANGES],
        "more_lately": len(folded) > CHANGES or lately.earlier is not None,
        "day": LATELY,
        "marks": marked,
        "ago": partial(ago, at=asked.at),
        "silent": [one.name for one in whole.servers if one.silent or not one.reported],
    }


def _lately(asked: Asked) -> changes.Log:
    wanted = changes.Wanted(farm=asked.farm, begin=asked.at - LATELY, end=asked.at)
    return changes.log(asked.connection, wanted, size=10 * CHANGES)


def first_changes_of(asked: Asked) -> Mapping[str, object]:
    """Return the causes with the first change before each, worked out where it was not known."""
    found: Picture = picture(first_changes.looked_for(asked.connection, asked.evaluated()))
    return {"causes": found.causes, "ago": partial(ago, at=asked.at)}


PAGE = Page(
    name="farm",
    title="Farm",
    path="/farms/{farm}",
    template="farm.html.j2",
    values=values,
    key="f",
)
FIRST_CHANGES = Part(
    name="first-changes",
    path="/farms/{farm}/first-changes",
    template="first_changes.html.j2",
    values=first_changes_of,
)
