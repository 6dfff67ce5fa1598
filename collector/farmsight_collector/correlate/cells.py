"""One thing, and what each server has of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from farmsight_collector.correlate.alike import Expectation
from farmsight_collector.model.view import Held, Server
from farmsight_collector.rules.rule import Severity

PRESENT: Final = "present"
ABSENT: Final = "absent"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one server has: state is present, absent, unknown or not applicable."""

    server: Server
    state: str
    digest: str = ""
    text: str = ""
    held: Held | None = None


@dataclass(frozen=True)
class Weighed:
    """What was expected of servers, and what it means that it is not so; no severity: nothing is amiss."""

    expectation: Expectation
    severity: Severity | None = None
    meaning: str = ""


def values_of(cells: Iterable[Cell]) -> list[Any]:
    """Return the values of those that have one."""
    return [cell.held.value for cell in cells if cell.held is not None]


def have(servers: Sequence[str], one: str, many: str) -> str:
    """Return the verb that goes with so many servers."""
    return one if len(servers) == 1 else many
