"""Captures of one server, parted by when they were taken: several at different times become history.

What was taken within hours was taken in one go, unless the same thing is
there twice. What does not date itself and lies beside what does was taken
with it: its own date may be that of a copy.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from farmsight_agent.hosts.evidence import copies
from farmsight_agent.hosts.evidence.capture import Capture, Dated

# Forms of which one go has several: files about other things, or pieces that are read together.
_SEVERAL: Final = frozenset({"certificates", "sections", "cmdlet", "powershell-text", "powershell-rules", "tenant"})
ONE_GO: Final = timedelta(hours=12)
_RANK: Final[tuple[Dated, ...]] = ("content", "stamp", "name", "file")


@dataclass(frozen=True, kw_only=True)
class Round:
    """What was captured of one server in one go; `when` is None where no file tells it, `dated` what tells it."""

    server: str
    when: datetime | None
    dated: Dated
    captures: tuple[Capture, ...]


def rounds(server: str, captures: Iterable[Capture], latest: datetime | None = None) -> list[Round]:
    """Return the rounds of one server, oldest first.

    `latest` is the time of evidence that does not itself say when it was
    taken and lies here with a later date (a copy's), or with none.
    """
    folders: dict[str, list[Capture]] = defaultdict(list)
    for one in sorted(captures, key=_place):
        folders[one.file.rpartition("/")[0]].append(_bounded(one, latest))
    goes = [part for name in sorted(folders) for go in _gathered(folders[name]) for part in _parted(go)]
    joined: list[list[Capture]] = []
    for go in sorted(goes, key=_order):
        fitting = next((other for other in joined if _one_go(other, go) and _disjoint(other, go)), None)
        if fitting is None:
            joined.append(list(go))
        else:
            fitting += go
    return [_round(server, go) for go in sorted(joined, key=_order)]


def _place(one: Capture) -> tuple[str | int | float, ...]:
    """Return what orders captures whatever order they come in."""
    return (one.file, one.first_line, one.form, one.about, one.account, one.dated, _instant(one.when))


def newest(goes: Sequence[Round]) -> tuple[Capture, ...]:
    """Return of several rounds the newest capture of each thing."""
    taken: dict[tuple[str, ...], int] = {}
    found: list[Capture] = []
    for number, go in enumerate(reversed(goes)):
        found += [one for one in go.captures if taken.setdefault(_key(one), number) == number]
    return tuple(found)


def in_doubt(goes: Sequence[Round]) -> Iterator[str]:
    """Yield what is said of files that hold the same thing, and of which nothing but their names tells the later."""
    for number, go in enumerate(goes):
        keys = {_key(one): one.file for one in go.captures}
        for later in goes[number + 1 :]:
            same = sorted({(keys[_key(one)], one.file) for one in later.captures if _key(one) in keys})
            if same and go.when == later.when:
                yield f"{same[0][0]} and {same[0][1]} hold the same of one time; {same[0][1]} was taken for the later"


def with_more(one: Round, captures: Iterable[Capture]) -> Round:
    """Return the round with further captures, such as certificates that were handed in."""
    return replace(one, captures=(*one.captures, *captures))


def _bounded(one: Capture, latest: datetime | None) -> Capture:
    if latest is None or one.dated != "file" or (one.when is not None and one.when <= latest):
        return one
    return replace(one, when=latest)


def _gathered(captures: Sequence[Capture]) -> list[list[Capture]]:
    """Part what one folder holds by time; what does not date itself goes with what does."""
    own = _clusters([one for one in captures if one.dates_itself])
    if not own:
        return _clusters(captures)
    others = [one for one in captures if one.dated == "name"]
    for one in captures:
        if one.dated != "file":
            continue
        before = [go for go in own if one.when is None or _when(go) <= one.when.timestamp() + ONE_GO.total_seconds()]
        if before:
            before[-1].append(one)
        else:
            others.append(one)  # no copy is older than what it is a copy of
    return own + _clusters(others)


def _clusters(captures: Sequence[Capture]) -> list[list[Capture]]:
    """Part captures where hours lie between them; those without a time go with the first."""
    dated = sorted((one for one in captures if one.when is not None), key=lambda one: _instant(one.when))
    found: list[list[Capture]] = []
    for one in dated:
        if found and _instant(one.when) - _instant(found[-1][-1].when) <= ONE_GO.total_seconds():
            found[-1].append(one)
        else:
            found.append([one])
    undated = [one for one in captures if one.when is None]
    if undated:
        found[:1] = [[*(found[0] if found else []), *undated]]
    return found


def _parted(captures: Sequence[Capture]) -> list[list[Capture]]:
    """Part what was taken in one go: the newest of each thing, then what is older."""
    left, found = list(captures), []
    while left:
        chosen: dict[tuple[str, ...], Capture] = {}
        for one in left:
            held = chosen.setdefault(_key(one), one)
            if _order([one]) > _order([held]):
                chosen[_key(one)] = one
        # Pieces of one file belong together.
        found.append([one for one in left if chosen[_key(one)].file == one.file])
        left = [one for one in left if chosen[_key(one)].file != one.file]
    return found


def _key(one: Capture) -> tuple[str, ...]:
    """Return what two captures of the same thing share."""
    if one.form in _SEVERAL:
        ending = one.file.rpartition(".")[2].lower()
        return (one.form, one.about.lower(), copies.plain(_stem(one).lower(), numbers=True), ending)
    return (one.form, one.about.lower(), one.account.lower())


def _disjoint(some: Sequence[Capture], others: Sequence[Capture]) -> bool:
    return not {_key(one) for one in some} & {_key(one) for one in others}


def _one_go(some: Sequence[Capture], others: Sequence[Capture]) -> bool:
    """Tell whether hours at most lie between them; where no time is known, nothing speaks against it."""
    one, other = _when(some), _when(others)
    return not (one and other) or abs(one - other) <= ONE_GO.total_seconds()


def _order(captures: Sequence[Capture]) -> tuple[float, int, str]:
    """Return what orders captures in time: where it is the same, what their names say of copies."""
    turn = max((copies.turn(_stem(one)) for one in captures), default=0)
    return (_when(captures), turn, max((one.file for one in captures), default=""))


def _stem(one: Capture) -> str:
    return one.file.rpartition("/")[2].rpartition(".")[0]


def _when(captures: Sequence[Capture]) -> float:
    """Return when these were taken, in seconds, by the best that tells it; 0 where nothing does."""
    told = _told(captures)
    return _instant(told[0]) if told else 0.0


def _told(captures: Sequence[Capture]) -> tuple[datetime, Dated] | None:
    for rank in _RANK:
        times = [one.when for one in captures if one.dated == rank and one.when is not None]
        if times:
            return max(times), rank
    return None


def _instant(when: datetime | None) -> float:
    return when.timestamp() if when is not None else 0.0


def _round(server: str, captures: Sequence[Capture]) -> Round:
    told = _told(captures)
    return Round(
        server=server,
        when=told[0] if told else None,
        dated=told[1] if told else "file",
        captures=tuple(captures),
    )
