"""The catalogue of root causes that rules carry, or that no fact can show: `entries.toml`, read and typed."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

_ID: Final = re.compile(r"[A-Z]+-\d\d")
_OF_EVERY: Final = frozenset({"title", "symptom"})
_OF_UNSEEN: Final = frozenset({"place", "unseen", "instead"})


class EntriesError(Exception):
    """The file of entries is not as it must be: a fault of the installation, never of the input."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One root cause; the last three are set where no fact shows it."""

    id: str
    title: str
    symptom: str  # what a user or an administrator sees
    place: str = ""  # the part of docs/not-detectable.md
    unseen: str = ""  # why no fact shows it
    instead: str = ""  # what to ask or look at


def read(text: str) -> dict[str, Entry]:
    """Return the entries by id; raises EntriesError when the text is not TOML or an entry is not whole."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EntriesError(f"entries.toml: {error}") from error
    return {key: _entry(key, table) for key, table in tables.items()}


def _entry(key: str, table: object) -> Entry:
    whole = isinstance(table, dict) and table.keys() in (_OF_EVERY, _OF_EVERY | _OF_UNSEEN)
    if not _ID.fullmatch(key) or not whole:
        raise EntriesError(f"entries.toml: {key} must have a title and a symptom, and all or none of the rest")
    assert isinstance(table, dict)  # seen above
    if any(not isinstance(value, str) or not value.strip() or "|" in value for value in table.values()):
        raise EntriesError(f"entries.toml: {key} holds an empty text, or one that no table can hold")
    return Entry(id=key, **table)


def settled(entries: Mapping[str, Entry], carried: Iterable[str]) -> None:
    """Raise EntriesError unless every entry is carried by a rule or says why no fact shows it, and not both."""
    there = frozenset(carried)
    faults = [f"{one} is not in the catalogue" for one in sorted(there - entries.keys())]
    faults += [
        f"{entry.id} is {'carried, and called unseen' if entry.unseen else 'carried by no rule'}"
        for entry in entries.values()
        if (entry.id in there) == bool(entry.unseen)
    ]
    if faults:
        raise EntriesError("; ".join(faults))


ENTRIES: Final = read(files(__package__).joinpath("entries.toml").read_text(encoding="utf-8"))
