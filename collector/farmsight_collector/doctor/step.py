"""One step of `doctor`, in the shape that the agent's has: what was looked at, how it came out, and what to do."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Final, Literal

State = Literal["ok", "failed", "unknown", "skipped"]
SHOWN: Final = 6  # names of one kind; of more the number


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what was looked at, how it came out, what was seen, and what to do."""

    step: str
    state: State
    says: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """Return this as JSON values."""
        return asdict(self)


class FailedError(Exception):
    """It is proven to be wrong: what was seen, and what to do."""

    def __init__(self, says: str, remedy: str) -> None:
        """Keep both."""
        super().__init__(says)
        self.says = says
        self.remedy = remedy


class UnknownError(Exception):
    """It can't be told; the text says why, after "not known, because"."""

    def __init__(self, why: str, remedy: str = "") -> None:
        """Keep why, and how it could be told."""
        super().__init__(why)
        self.remedy = remedy


class SkippedError(Exception):
    """It does not apply here; nothing is wrong."""


def tested(name: str, test: Callable[[], str]) -> Step:
    """Return how a test came out: it returns what it saw, or raises one of the three."""
    try:
        return Step(step=name, state="ok", says=test())
    except SkippedError as skipped:
        return Step(step=name, state="skipped", says=str(skipped))
    except FailedError as error:
        return Step(step=name, state="failed", says=error.says, remedy=error.remedy)
    except UnknownError as error:
        return Step(step=name, state="unknown", says=f"not known, because {error}", remedy=error.remedy)
    except Exception as error:  # a test that breaks tells nothing of what it tests; the others still do
        return Step(step=name, state="unknown", says=f"not known, because {type(error).__name__}: {error}")


def some(names: Iterable[str]) -> str:
    """Return names for one line: the first ones, and how many more there are."""
    found = list(names)
    more = len(found) - SHOWN
    return ", ".join(found[:SHOWN]) + (f" and {more} more" if more > 0 else "")
