"""Texts as a page may show them: they came from certificates, URLs and strangers' files."""

import re
from typing import Any, Final

from markupsafe import Markup, escape

from farmsight_collector.model.words import plain

LONGEST: Final = 2000  # characters; above all that a certificate, a URL or a rule says in the field
HEADLINE: Final = 300
_LINES: Final = re.compile(r"\s*[\r\n]\s*")
_LINE: Final = " \N{DOWNWARDS ARROW WITH CORNER LEFTWARDS} "
_MARK: Final = "\N{HORIZONTAL ELLIPSIS}"
_ENDS_A_PIECE: Final = re.compile(r"(?<=[/\\_?&=@%,;.])(?=\w)")
_RUN: Final = 12  # characters of a thumbprint, or of anything else without an end, that stay together


class Exact(str):
    """A text that is never shortened: half a command does something else."""

    __slots__ = ()


def shown(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Return a value as it may be printed: no control or bidirectional characters, no absurd length.

    What is made of several lines, as rules are, shows where they end.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = plain(_LINES.sub(_LINE, value))
    return text if isinstance(value, Exact) else cut(text, LONGEST)


def cut(text: str, longest: int) -> str:
    """Return a text that says with an ellipsis that more stood there."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + _MARK


def brief(text: str, longest: int = HEADLINE) -> str:
    """Return a text with its middle left out where it is long: names stand first, and what is said of them last."""
    if len(text) <= longest:
        return text
    last = longest // 3
    return f"{text[: longest - last - 1].rstrip()}{_MARK}{text[-last:].lstrip()}"


def breakable(value: str) -> Markup:
    """Return a URL, file name or thumbprint that may be broken where a reader would break it."""
    pieces = (part for piece in _ENDS_A_PIECE.split(shown(value)) for part in _runs(piece))
    return Markup("<wbr>").join(escape(piece) for piece in pieces)


def _runs(piece: str) -> list[str]:
    if len(piece) <= 2 * _RUN:
        return [piece]
    return [piece[at : at + _RUN] for at in range(0, len(piece), _RUN)]


def place(source: str) -> str:
    """Return where a fact stands, as FILE:LINE."""
    return source.removeprefix("evidence:")


def instant(text: str | None) -> str:
    """Return 2026-11-23T10:00:00Z as 2026-11-23 10:00Z, seconds only where there are some."""
    if not text:
        return ""
    return text.replace("T", " ").replace(":00Z", "Z") if text.endswith(":00Z") else text.replace("T", " ")
