"""The three answers to "would this work?"."""

import enum
from collections.abc import Iterable


class Verdict(enum.Enum):
    """Proven to work, proven not to, or not known."""

    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "unknown"


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """Return what several steps come to that must all work: one that fails decides, then one that is not known."""
    seen = set(verdicts)
    if Verdict.FAILS in seen:
        return Verdict.FAILS
    return Verdict.UNKNOWN if Verdict.UNKNOWN in seen else Verdict.PASSES
