"""What of the map somebody chose to see; all of it stands in the address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.topology.draw import KINDS, Look
from farmsight_collector.topology.fold import GROUPS
from farmsight_collector.topology.lines import CONTEXTS, FAMILY_WORDS
from farmsight_collector.web.page import Asked

SPANS: Final = {
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
USUAL: Final = "7d"
APART: Final = 8  # hosts that are shown as their URLs at most
HIDEABLE: Final = (*FAMILY_WORDS, *KINDS)
QUIET: Final = ("ok", "info")  # states that "troubles alone" leaves out


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The parameters of the map's address."""

    at: datetime
    live: bool
    span: str
    until: datetime | None  # the slider's end, where it was said
    end: datetime
    find: str
    hide: tuple[str, ...]
    trouble: bool  # only what is not well
    contexts: tuple[str, ...]
    fold: tuple[str, ...] | None  # None: as it fits
    apart: tuple[str, ...]  # ids of hosts
    open: str
    since: datetime | None  # the earlier instant of a difference

    @property
    def begin(self) -> datetime:
        """Return where the slider begins."""
        return self.end - SPANS[self.span]

    def look(self, *, changes: dict[str, str] | None = None) -> Look:
        """Return how the map is looked at."""
        return Look(
            hidden=frozenset(self.hide),
            states=frozenset(QUIET) if self.trouble else frozenset(),
            contexts=self.contexts,
            find=self.find,
            picked=self.open,
            changes=changes or {},
            address=self.address,
        )

    def address(self, mark: str) -> str:
        """Return the address of this view with one thing opened beside it."""
        return "?" + urlencode([*self.pairs(), ("open", mark)])

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the parameters that make this view again, but for what is opened."""
        if not self.live:
            yield "at", self.at.isoformat()
        if self.span != USUAL:
            yield "span", self.span
        for name, instant in (("until", self.until), ("from", self.since)):
            if instant is not None:
                yield name, instant.isoformat()
        if self.find:
            yield "find", self.find
        if self.trouble:
            yield "only", "trouble"
        for name, values in (("hide", self.hide), ("as", self.contexts), ("fold", self.fold), ("urls", self.apart)):
            yield from ((name, value) for value in values or (() if values is None or name != "fold" else ("none",)))


def chosen(asked: Asked) -> Chosen:
    """Return what was chosen; raises InvalidRequestError for what there is not."""
    given = asked.parameters
    span = given.one_of("span", tuple(SPANS), USUAL)
    until = given.instant("until")
    since = given.instant("from")
    if since is not None and since >= asked.at:
        raise InvalidRequestError("from: give an instant before the other one")
    return Chosen(
        at=asked.at,
        live=asked.live,
        span=span,
        until=until,
        end=max(until, asked.at) if until and until - asked.at < SPANS[span] else _end(asked, SPANS[span]),
        find=given.text("find").strip()[:200],
        hide=_among("hide", given.texts("hide"), HIDEABLE),
        trouble=given.one_of("only", ("", "trouble"), "") == "trouble",
        contexts=_among("as", given.texts("as"), CONTEXTS),
        fold=_fold(given.texts("fold")),
        apart=tuple(sorted({one for one in given.texts("urls") if one.startswith("host:")}))[:APART],
        open=given.text("open")[:40],
        since=since,
    )


def _end(asked: Asked, length: timedelta) -> datetime:
    """Return now where the instant is in the span before; else the instant stands in the middle."""
    if asked.live:
        return asked.at
    now = asked.desk.clock.now()
    return max(asked.at, now if now - asked.at <= length else asked.at + length / 2)


def _fold(given: Sequence[str]) -> tuple[str, ...] | None:
    words = _among("fold", given, (*GROUPS, "none"))
    return tuple(one for one in words if one != "none") if words else None


def _among(name: str, given: Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    wanted = {one for one in given if one}
    if wanted - set(allowed):
        raise InvalidRequestError(f"{name}: one of {', '.join(allowed)}")
    return tuple(one for one in allowed if one in wanted)
