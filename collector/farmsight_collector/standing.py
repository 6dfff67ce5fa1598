"""How an agent's version stands to this collector's: which agents are behind, and which too far.

What is promised: an agent of this minor version or of the two before works
with this collector, and so does an older collector with newer agents of two
minors, which is what an upgrade in the wrong order comes to (docs/versions.md).
"""

import re
from typing import Final, Literal

from farmsight_collector.version import VERSION

Standing = Literal["same", "behind", "too old", "newer", "not known"]
SUPPORTED_MINORS: Final = 2
WORDS: Final[dict[Standing, str]] = {
    "same": "the collector's version",
    "behind": f"older than the collector, and supported: of the {SUPPORTED_MINORS} minor versions before",
    "too old": f"older than the {SUPPORTED_MINORS} minor versions before the collector's: upgrade the agent",
    "newer": "newer than the collector: upgrade the collector, which comes first",
    "not known": "it has not told its version, or none that can be compared",
}
_VERSION: Final = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![\d.])", re.ASCII)
_Numbers = tuple[int, int, int]


def standing(theirs: str, ours: str = VERSION) -> Standing:
    """Return how an agent of a version stands to a collector of another.

    Over a change of the major version nothing is promised. What follows the
    three numbers (`rc1`, `+local`) is not looked at.
    """
    agent, collector = _numbers(theirs), _numbers(ours)
    if agent is None or collector is None:
        return "not known"
    if agent == collector:
        return "same"
    if agent > collector:
        return "newer"
    near = agent[0] == collector[0] and collector[1] - agent[1] <= SUPPORTED_MINORS
    return "behind" if near else "too old"


def _numbers(version: str) -> _Numbers | None:
    found = _VERSION.match(version)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3] or 0))
