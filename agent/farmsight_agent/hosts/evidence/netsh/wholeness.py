"""Whether a listing of netsh is all that there is: else what it does not show may be there all the same."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from farmsight_agent.hosts.evidence import selection
from farmsight_agent.hosts.evidence.answers import failed
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh.lines import Line, Listing, foreign

# netsh takes a word for what begins so, and knows its own prompt ("netsh http>").
_COMMAND: Final = re.compile(
    r"(?:\bhttp|\bip(?:v[46]?)?|>)\s{0,20}>?\s{0,20}sh(?:ow?)?\s+(?P<listing>[a-z]+)(?P<behind>.*)", re.IGNORECASE
)
_REST: Final = re.compile(r"(?:(?<=\s)[0-9*])?>|[|&;)\"'^]")
_LONGEST: Final = 2000


def check(file: Text, listing: Listing, word: str, first: int = 0, *, allowed: Collection[str] = ()) -> None:
    """Raise FailedError for a listing of which something shows that it is a part.

    `word` is the one of the command that names the listing, `first` the line
    of its first entry (0: none is there), `allowed` the arguments, or what
    they begin with up to "=", that leave nothing out.
    """
    command = _command(listing.above(first) if first else [*listing.before, *listing.lines], word)
    if command is not None and (_arguments(command) - set(allowed) or selection.is_filtered(command)):
        raise failed(file, 1, "partial-listing", f"the command asked for a part; `netsh {_whole(word)}` shows all")
    gap = selection.gap_in(["" if foreign(line) else line.text for line in listing.lines], drawn=True)
    if gap:
        number = listing.lines[gap - 1].number
        raise failed(file, number, "partial-listing", "something is left out, or this is what a search has found")


def _whole(word: str) -> str:
    return "int ipv4 show excludedportrange protocol=tcp" if word == "excludedportrange" else f"http show {word}"


def _command(lines: Sequence[Line], word: str) -> str | None:
    """Return what stands behind the listing's name in the last command among these lines that asks for it."""
    for line in reversed(lines):
        found = _COMMAND.search(line.text[:_LONGEST])
        if found is not None and word.startswith(found["listing"].lower()):
            return found["behind"].lower()
    return None


def _arguments(behind: str) -> set[str]:
    """Return the arguments of a command, those with a value as "name=value"."""
    asked = _REST.split(behind, maxsplit=1)[0]
    return {one for one in re.sub(r"\s*=\s*", "=", asked).split() if not one.startswith("json=")}
