"""A farm in one line, and in numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_collector.shown.findings import WORDS, Cause, Shown
from farmsight_collector.shown.texts import brief

NOTHING_KNOWN: Final = "nothing is known"  # as the verdict begins where no server reports


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The verdict: the state of the worst cause and its word, what is said first and the rest of it."""

    state: str
    word: str
    opening: str
    rest: str


def every(found: Iterable[Cause]) -> Iterator[Shown]:
    """Yield all findings: each cause, then what it explains."""
    for cause in found:
        yield cause.finding
        for alike in cause.symptoms:
            yield from alike.members


def counts(words: Iterable[str]) -> list[tuple[str, int]]:
    """Return how many there are of each severity, the worst first; none of which there is none."""
    counted = Counter(words)
    return [(word, counted[word]) for word in WORDS if counted[word]]


def headline(text: str, found: Sequence[Cause]) -> Headline:
    """Return the verdict in its parts; without a finding its state is unknown: nothing proves health."""
    opening, _, rest = brief(text).partition(": ")
    worst = next((word for word in WORDS if any(one.finding.severity == word for one in found)), "")
    otherwise = "not known" if opening == NOTHING_KNOWN else "no fault found"
    return Headline(state=worst or "unknown", word=worst or otherwise, opening=opening, rest=rest)
