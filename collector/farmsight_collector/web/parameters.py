"""What stands after the question mark or in a form, read by name and within bounds."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from farmsight_collector import instants
from farmsight_collector.errors import InvalidRequestError

LONGEST: Final = 4000  # characters of one value
MOST: Final = 500  # values of one name


class Given:
    """The `Parameters` of pages and actions: pairs as they came."""

    def __init__(self, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
        """Keep the pairs; relative instants count from `now`."""
        self._now = now
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            held = self._values.setdefault(name[:LONGEST], [])
            if len(held) < MOST:
                held.append(value[:LONGEST])

    def text(self, name: str, default: str = "") -> str:
        """Return a text, cut to a bound; of several the last one."""
        return self._values.get(name, [default])[-1]

    def texts(self, name: str) -> Sequence[str]:
        """Return every value of a parameter that may be repeated."""
        return tuple(self._values.get(name, ()))

    def one_of(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return one of some words; raises InvalidRequestError for another."""
        value = self.text(name) or default
        if value not in allowed and value != default:
            raise InvalidRequestError(f"{name}: one of {', '.join(allowed)}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds; raises InvalidRequestError for anything else."""
        value = self.text(name).strip()
        if not value:
            return default
        if not value.isascii() or not value.removeprefix("-").isdigit() or len(value) > 18:
            raise InvalidRequestError(f"{name}: a whole number from {least} to {most}")
        if not least <= int(value) <= most:
            raise InvalidRequestError(f"{name}: from {least} to {most}")
        return int(value)

    def flag(self, name: str) -> bool:
        """Tell whether a parameter is there and is not "0"."""
        return name in self._values and self.text(name) != "0"

    def instant(self, name: str) -> datetime | None:
        """Return an instant, or None where it is not said; one without a zone is UTC. Raises InvalidRequestError."""
        value = self.text(name).strip()
        return instant(name, value, self._now) if value else None


def instant(name: str, text: str, now: datetime) -> datetime:
    """Return the instant that a text names; one without a zone is UTC. Raises InvalidRequestError with the name."""
    try:
        return instants.parse(text, now, UTC)
    except instants.InstantError:
        raise InvalidRequestError(f"{name}: an instant such as 2026-11-23T10:00Z (UTC), 90m, -2h or 3d") from None
