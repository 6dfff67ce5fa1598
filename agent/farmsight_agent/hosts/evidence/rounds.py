"""Captures of one server, parted by when they were taken: several at different times become history.

What lies in one folder (or archive) was taken in one go, unless it holds two
captures of the same thing; what lies in several folders was taken in one go
where none of it is there twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from farmsight_agent.hosts.evidence.capture import Capture

# Forms of which one go has several: files about other things, or pieces that are read together.
_SEVERAL: Final = frozenset({"certificates", "sections", "cmdlet", "powershell-text", "powershell-rules", "tenant"})
_EPOCH_KEY: Final = (False, 0.0, "")


@dataclass(frozen=True, kw_only=True)
class Round:
    """What was captured of one server in one go; `when` is None where no file tells it."""

    server: str
    when: datetime | None
    own_time: bool  # a file's content says it, not the file's date
    captures: tuple[Capture, ...]


def rounds(server: str, captures: Iterable[Capture], at: datetime | None = None) -> list[Round]:
    """Return the rounds of one server, oldest first.

    `at` is the time of evidence that does not itself say when it was taken
    and lies here with a later date (a copy's), or with none.
    """
    folders: dict[str, list[Capture]] = defaultdict(list)
    for one in captures:
        folders[one.file.rpartition("/")[0]].append(one)
    goes = [go for folder in sorted(folders) for go in _parted(folders[folder])]
    joined: list[list[Capture]] = []
    for go in sorted(goes, key=_order):
        # Newest first would join what is older to it; the oldest that fits takes it.
        fitting = next((other for other in joined if _disjoint(other, go)), None)
        if fitting is None:
            joined.append(list(go))
        else:
            fitting += go
    return [_round(server, go, at) for go in sorted(joined, key=_order)]


def _key(one: Capture) -> tuple[str, ...]:
    """Return what two captures of the same thing share."""
    if one.form in _SEVERAL:
        return (one.form, one.about.lower(), one.file.rpartition("/")[2].lower())
    return (one.form, one.about.lower(), one.account.lower())


def _disjoint(some: Sequence[Capture], others: Sequence[Capture]) -> bool:
    return not {_key(one) for one in some} & {_key(one) for one in others}


def _parted(captures: Sequence[Capture]) -> list[list[Capture]]:
    """Part what one folder holds: the newest of each thing, then what is older."""
    newest: dict[tuple[str, ...], Capture] = {}
    older: list[Capture] = []
    for one in captures:
        key = _key(one)
        held = newest.get(key)
        if held is None:
            newest[key] = one
        elif held.file == one.file:  # pieces of one file belong to one go
            newest[(*key, str(one.first_line))] = one
        elif _when(one) > _when(held):
            newest[key] = one
            older.append(held)
        else:
            older.append(one)
    return [list(newest.values()), *(_parted(older) if older else [])]


def _when(one: Capture) -> tuple[bool, float, str]:
    if one.when is None:
        return (False, 0.0, one.file)
    return (True, one.when.timestamp(), one.file)


def _order(captures: Sequence[Capture]) -> tuple[bool, float, str]:
    return max((_when(one) for one in captures), default=_EPOCH_KEY)


def _round(server: str, captures: Sequence[Capture], at: datetime | None) -> Round:
    own = [one.when for one in captures if one.own_time and one.when is not None]
    dated = own or [one.when for one in captures if one.when is not None]
    when = max(dated, default=None)
    if at is not None and not own and (when is None or when > at):
        when = at
    return Round(server=server, when=when, own_time=bool(own), captures=tuple(captures))


def with_more(one: Round, captures: Iterable[Capture]) -> Round:
    """Return the round with further captures, such as the tenant's."""
    return replace(one, captures=(*one.captures, *captures))
