"""Story files: a span of days, and faults that come and go in it. See docs/lab.md for the form."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final

from farmsight_lab.faults.catalogue import KINDS
from farmsight_lab.faults.fault import Fault, FaultError, read_fault
from farmsight_lab.pki.hierarchy import Pki, renewed
from farmsight_lab.scenario import Scenario, ScenarioError

_KEYS: Final = frozenset({"description", "days", "every_hours", "renewed", "episodes"})
_EPISODE_KEYS: Final = frozenset({"from", "until", "faults"})
MOST_DAYS: Final = 400


@dataclass(frozen=True, kw_only=True)
class Episode:
    """Faults that are there over a while; days from the story's beginning, `until` past its end where they stay."""

    begin: float
    until: float
    faults: tuple[Fault, ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happened to a farm over some days."""

    name: str
    description: str
    days: int
    every: timedelta
    renewed: Mapping[int, tuple[str, ...]]  # lab names of certificates that are issued anew, by day
    episodes: tuple[Episode, ...]

    def instants(self, begin: datetime) -> list[datetime]:
        """Return when servers report: at the usual hours, and where an episode begins or ends."""
        usual = (begin + self.every * step for step in range(int(timedelta(days=self.days) / self.every) + 1))
        edges = (day for one in self.episodes for day in (one.begin, one.until) if day < self.days)
        renewals = (float(day) for day in self.renewed)
        return sorted({*usual, *(begin + timedelta(days=day) for day in (*edges, *renewals))})

    def scenario(self, day: float) -> Scenario:
        """Return what is wrong at an instant, as days from the beginning."""
        faults = [fault for one in self.episodes if one.begin <= day < one.until for fault in one.faults]
        return Scenario(name=self.name, description=self.description, faults=tuple(faults))

    def pki(self, made: Pki, begin: datetime) -> Mapping[int, Pki]:
        """Return the hierarchy from each day on that something in it is issued anew."""
        found = {0: made}
        for day in sorted(self.renewed):
            made = renewed(made, self.renewed[day], begin + timedelta(days=day))
            found[day] = made
        return found


def packaged() -> tuple[str, ...]:
    """Return the names of the stories that come with the lab."""
    folder = resources.files("farmsight_lab") / "stories"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(name_or_path: str) -> Story:
    """Read a packaged story by name, or a file by path; raises ScenarioError."""
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        try:
            return parse(Path(name_or_path).read_bytes(), Path(name_or_path).stem)
        except OSError as error:
            raise ScenarioError(f"{name_or_path}: {error.strerror}") from error
    if name_or_path not in packaged():
        raise ScenarioError(f"no story is called {name_or_path!r}; there are: {', '.join(packaged())}")
    return parse((resources.files("farmsight_lab") / "stories" / f"{name_or_path}.toml").read_bytes(), name_or_path)


def parse(data: bytes, name: str) -> Story:
    """Read a story from TOML; raises ScenarioError."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
        _known(table, _KEYS)
        days = int(table["days"])
        every = timedelta(hours=float(table.get("every_hours", 6)))
        if not 1 <= days <= MOST_DAYS or not timedelta(minutes=15) <= every <= timedelta(days=1):
            raise ScenarioError(f"days: 1 to {MOST_DAYS}; every_hours: 0.25 to 24")
        return Story(
            name=name,
            description=str(table.get("description", "")),
            days=days,
            every=every,
            renewed={int(day): tuple(names) for day, names in table.get("renewed", {}).items()},
            episodes=tuple(_episode(one, days) for one in table.get("episodes", ())),
        )
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{name}: not TOML: {error}") from error
    except (ScenarioError, FaultError, KeyError, TypeError, ValueError) as error:
        raise ScenarioError(f"{name}: {error}") from error


def _episode(table: Mapping[str, Any], days: int) -> Episode:
    _known(table, _EPISODE_KEYS)
    begin, until = float(table["from"]), float(table.get("until", days + 1))
    if not 0 <= begin < until:
        raise ScenarioError(f"an episode from {begin} until {until}: it ends before it begins")
    return Episode(begin=begin, until=until, faults=tuple(read_fault(KINDS, one) for one in table["faults"]))


def _known(table: Mapping[str, Any], keys: frozenset[str]) -> None:
    if extra := sorted(set(table) - keys):
        raise ScenarioError(f"there is no setting {extra[0]!r} (there are: {', '.join(sorted(keys))})")
