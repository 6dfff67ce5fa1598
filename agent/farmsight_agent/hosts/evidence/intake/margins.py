"""What mail, editors and logs put in front of every line, and what web pages and word processors put instead of signs.

Only what stands before all lines alike is taken off, so that a listing in
which single lines are marked (as those that a search has found) stays as it
is. No line is added or lost: their numbers are still those of the file.
"""

import html
import re
from collections.abc import Callable, Sequence
from typing import Final

from farmsight_agent.hosts.evidence.capture import with_plain_ends

_HEAD: Final = 4096  # characters that are looked at before all are, and lines
_LOOKED: Final = 12
_FEWEST: Final = 4  # lines, to tell what stands before all
_LAYERS: Final = 3  # a numbered listing may be quoted, and a quoted one stamped
_QUOTE: Final = re.compile(r" ?>(?: ?>)*")
_MARKS: Final = re.compile(r"[|%#*]{1,3} ?")
# "VERBOSE: ", "AUSF\u00dcHRLICH: ": the names of PowerShell's streams are in capitals.
_STREAM: Final = re.compile(r"[^\W\d_]{4,16}: ?")
_LEVEL: Final = re.compile(r"\[?[A-Z]{4,8}\]?:? +")
_STAMP: Final = re.compile(
    r"\[?(?:(?:\d{4}[-/.]\d{2}[-/.]\d{2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})[T ])?"
    r"\d{2}:\d{2}:\d{2}(?:[.,]\d{1,7})?(?:Z|[+-]\d{2}:?\d{2})?\]?(?: ?[:|-])?(?: |\t|$)"
)
_NUMBERS: Final = (
    re.compile(r" *([0-9]{1,6})(?::|\t| ?\||\.|(?= )|$)"),
    re.compile(r"\[([0-9]{1,6})\]"),
)
_ENTITY: Final = re.compile(r"&(?:quot|apos|lt|gt|amp|nbsp|#[0-9]{1,5}|#x[0-9a-fA-F]{1,4});")
_DASHES: Final = re.compile("[\u2012\u2013\u2014\u2015\u2212]{2,}")
_QUOTES: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f", '"'))

Cut = Callable[[Sequence[str]], list[str] | None]


def bare(text: str) -> str:
    """Return a text as its tool printed it, as far as that is certain."""
    if "\r\r\n" in text and text.count("\r\r\n") * 10 > text.count("\n") * 9:  # ends that were translated twice
        text = text.replace("\r\r\n", "\r\n")
    return _without_margins(_plain_signs(text))


def _plain_signs(text: str) -> str:
    """Return a text with plain quotes and dashes, where it has none but those of web pages or word processors."""
    if "&" in text and '"' not in text and len(_ENTITY.findall(text)) == text.count("&"):
        text = html.unescape(text)
    if text.isascii() or text.lstrip()[:1] in ("{", "["):
        return text
    if '"' not in text and text.count("\u201d") + text.count("\u201c") > 1:
        text = text.translate(_QUOTES)
    if "-----" not in text:
        text = _DASHES.sub(lambda found: "-" * len(found[0]), text)
    return text


def _without_margins(text: str) -> str:
    for _ in range(_LAYERS):
        head = _filled(_lines(text[:_HEAD]))
        if not any(_is_quoted(line) for line in head) and not any(cut(head[:_LOOKED]) for cut in _CUTS):
            break
        lines = _lines(text)
        found = next((cut for one in _CUTS if (cut := one(lines)) is not None), None)
        if found is None:
            break
        text = "\n".join(found)
    return text


def _lines(text: str) -> list[str]:
    return with_plain_ends(text).split("\n")


def _filled(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def _is_quoted(line: str) -> bool:
    return line[:2].lstrip().startswith(">")


def _quoted(lines: Sequence[str]) -> list[str] | None:
    """Take off what mail puts before each line of a text that is quoted, of which most is."""
    quoted = [at for at, line in enumerate(lines) if _is_quoted(line)]
    if not quoted:
        return None
    filled = _filled(lines[quoted[0] : quoted[-1] + 1])
    if len(quoted) < _FEWEST or len(filled) > len(quoted) or 2 * len(quoted) < len(_filled(lines)):
        return None
    inner = iter(_apart([_QUOTE.sub("", lines[at], count=1) for at in quoted]))
    return [next(inner) if _is_quoted(line) else line for line in lines]


def _marked(lines: Sequence[str]) -> list[str] | None:
    """Take off marks, or the name of a stream, that stand before every line."""
    filled = _filled(lines)
    common = _common(filled)
    if len(filled) < _FEWEST or not common.strip():
        return None
    found = _MARKS.match(common) or _STREAM.match(common)
    word = found[0].strip(": ") if found is not None else ""
    if found is None or (word.isalpha() and (word != word.upper() or word == "SDDL")):
        return None
    return _cut(lines, len(found[0]))


def _stamped(lines: Sequence[str]) -> list[str] | None:
    """Take off the times before every line, and the level of a log behind them where it is the same throughout."""
    found = [_STAMP.match(line) for line in lines]
    if any(one is None and line.strip() for one, line in zip(found, lines, strict=True)) or not any(found):
        return None
    left = [line[one.end() :] if one is not None else "" for one, line in zip(found, lines, strict=True)]
    level = _LEVEL.match(_common(_filled(left)))
    return left if level is None else _cut(left, len(level[0]))


def _numbered(lines: Sequence[str]) -> list[str] | None:
    """Take off the numbers of the lines, where none is left out: else it is a selection, and must look like one."""
    last = max((at for at, line in enumerate(lines) if line.strip()), default=-1)
    for pattern in _NUMBERS:
        found = [one for line in lines[: last + 1] if (one := pattern.match(line)) is not None]
        told = [int(one[1]) for one in found]
        if len(told) == last + 1 and told and told == list(range(told[0], told[0] + len(told))):
            left = [one.string[one.end() :] for one in found]
            return [*_apart(left), *("" for _ in lines[last + 1 :])]
    return None


def _apart(lines: list[str]) -> list[str]:
    """Return lines without the blank that parts all of them from what stood before."""
    return [line[1:] for line in lines] if all(line[:1] in ("", " ") for line in lines) else lines


def _common(lines: Sequence[str]) -> str:
    """Return what all of these begin with."""
    first, last = min(lines, default=""), max(lines, default="")
    differ = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, len(first))]


def _cut(lines: Sequence[str], width: int) -> list[str]:
    return [line[width:] for line in lines]


_CUTS: Final[tuple[Cut, ...]] = (_quoted, _stamped, _numbered, _marked)
