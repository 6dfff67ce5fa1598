"""What shows that a text is only a part of what a tool printed.

A filter behind the command selects lines, a search marks what it has found,
and people write dots, or a word in brackets, where they left something out.
What such a text does not mention is not absent.
"""

import re
from collections.abc import Sequence
from typing import Final

# Behind a pipe these let everything through.
_WHOLE: Final = frozenset(
    {
        "more", "more.com", "clip", "clip.exe", "tee", "tee-object", "out-file", "out-string", "out-host", "oh",
        "out-default", "set-content", "sc", "add-content", "ac", "format-list", "fl", "format-table", "ft",
        "format-wide", "fw", "format-custom", "fc", "convertto-json", "convertto-csv", "convertto-xml",
        "convertto-html", "export-csv", "epcsv", "export-clixml", "write-output", "echo", "write-host",
    }
)  # fmt: skip
_STAGE: Final = re.compile(r"\|+\s*([^\s|]*)")
_PICKED: Final = re.compile(r"\)\s*\[[^\]]*\]")  # (command)[0..20]
_OMITTED: Final = re.compile(r"\s*[\[(<{]?\s*(?:\.{2,}|\u2026+|(?:\. ){2,}\.)\s*[\])>}]?\s*")
_IN_WORDS: Final = re.compile(r"\s*([<\[(])[.\u2026 ]{0,5}[^\W\d_][^<>\[\](){}:;=/\\@\"]{0,40}([>\])])\s*")
# "-- More  --", as a pager draws it between its pages, and "--- snip ---".
_DRAWN: Final = re.compile(r"\s*([-=*#~_+\u2013\u2014])\1{0,10} {0,3}[^\W\d_][^:=/\\@\"]{0,40}?\s{0,3}\1{1,10}\s*")
_CLOSED: Final = frozenset({"<>", "[]", "()"})
_LONGEST: Final = 60
_LONGEST_COMMAND: Final = 2000


def is_omission(line: str) -> bool:
    """Tell a line that says that others are left out: dots alone, bare or in brackets."""
    return len(line) <= _LONGEST and _OMITTED.fullmatch(line) is not None


def is_remark(line: str) -> bool:
    """Tell a word in brackets alone on a line ("<snip>"), where no tool prints such a thing."""
    found = _IN_WORDS.fullmatch(line) if len(line) <= _LONGEST else None
    return found is not None and found[1] + found[2] in _CLOSED


def is_drawn(line: str) -> bool:
    """Tell a word between dashes or the like, where no tool draws such a heading."""
    return len(line) <= _LONGEST and _DRAWN.fullmatch(line) is not None


def gap_in(lines: Sequence[str], *, drawn: bool) -> int:
    """Return the number (from 1) of the first line that shows a gap, or marks what a search has found; 0 for none.

    `drawn`: a word between dashes is one as well, for the tool draws none itself.
    """
    shown = (number for number, line in enumerate(lines, 1) if line.strip() and _is_gap(line, drawn=drawn))
    return next(shown, 0)


def _is_gap(line: str, *, drawn: bool) -> bool:
    marked = line.startswith("> ")  # by Select-String, whose other lines begin with two blanks
    return marked or is_omission(line) or is_remark(line) or (drawn and is_drawn(line))


def is_filtered(command: str) -> bool:
    """Tell whether something stands behind a command that lets a part of its output through."""
    plain = command[:_LONGEST_COMMAND].lower()
    if _PICKED.search(plain):
        return True
    behind = _STAGE.findall(plain.replace("^|", "|"))
    return any(stage.strip("\"'()") not in _WHOLE for stage in behind)
