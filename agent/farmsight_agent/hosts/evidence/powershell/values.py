"""The values of a listing: lists, certificates, claim rules, times, and lines that were broken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from farmsight_agent.hosts.evidence.documents.depth import is_type_name
from farmsight_agent.hosts.evidence.documents.excerpts import Excerpt
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.powershell import dates, rules_text
from farmsight_agent.hosts.evidence.powershell.rules_text import Piece

UNKNOWN: Final = object()  # shown, but not as a value that can be told

_MORE: Final = re.compile(r"\s*(?:\.\.\.|\u2026|\ufffd)$")
_MOST_SHOWN: Final = 4  # elements of a list; behind them stands "...", or what a code page made of an ellipsis
_GUID: Final = re.compile(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?")
_TIGHT: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?/\S*|urn:\S+|[A-Za-z0-9+/]{40,}={0,2}|[0-9A-Fa-f]{16,}")
_DAYS: Final = frozenset({"notbefore", "notafter"})
_MOMENTS: Final = frozenset({"lastsynctime", "heartbeattimestamp", "heartbeattmestamp"})  # judged by minutes
# What X509Certificate2.ToString() prints in every language.
_CERTIFICATE: Final = {
    "[subject]": "Subject",
    "[issuer]": "Issuer",
    "[serial number]": "SerialNumber",
    "[not before]": "NotBefore",
    "[not after]": "NotAfter",
    "[thumbprint]": "Thumbprint",
}
# Words and shapes that cannot be the beginning of a longer value of the same property.
_CLOSED: Final = re.compile(
    r"true|false|(?:primary|secondary)computer|federated|managed|(?:un)?verified|\{.*\}"
    r"|[0-9a-f]{40}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class Value:
    """A value as it is printed: its lines, and whether the layout shortened it."""

    pieces: list[Piece] = field(default_factory=list)
    shortened: bool = False

    @property
    def text(self) -> str:
        """Return its lines as one text."""
        return "\n".join(piece.text for piece in self.pieces).strip()


def is_rules(name: str) -> bool:
    """Tell by a property's name whether it holds claim rules."""
    return name.lower().endswith(("rules", "rule"))


def is_closed(text: str) -> bool:
    """Tell whether a value is whole by its very shape, though the text may break off behind it."""
    return _CLOSED.fullmatch(text) is not None


def read(name: str, value: Value) -> Any:  # noqa: ANN401 - JSON, or UNKNOWN
    """Return a value in the shape that JSON has for it; UNKNOWN where it can't be told."""
    if value.shortened:
        return UNKNOWN
    if is_rules(name):
        return rules_text.whole(value.pieces)
    first = value.pieces[0].text.strip() if value.pieces else ""
    if first.lower() in _CERTIFICATE:
        return _certificate(value.pieces)
    text = joined(value.pieces)
    if text.startswith("{") and not _GUID.fullmatch(text):
        return _listed(text)
    if name.lower() in _DAYS:
        return dates.told(text) or UNKNOWN
    if name.lower() in _MOMENTS:
        return text if dates.has_zone(text) else UNKNOWN
    return UNKNOWN if is_type_name(text) else text


def joined(pieces: Sequence[Piece]) -> str:
    """Return a value of one line that the console may have broken.

    What can hold no blank is put together without one; else a line was
    broken between words, unless it reaches the last cell.
    """
    parts: list[str] = []
    tight = full = False
    for piece in pieces:
        line = piece.text.strip()
        together = full or (tight and not parts[-1].endswith((",", ";")))
        parts += ["" if together or not parts else " ", line]
        if not (together and tight and " " not in line):
            tight = bool(_TIGHT.fullmatch(line.rpartition(" ")[2].lstrip("{")))
        full = piece.full
    return "".join(parts).strip()


def _listed(text: str) -> Any:  # noqa: ANN401 - JSON, or UNKNOWN
    """Return `{a, b, c}` as a list; one that goes on beyond what is shown is an Excerpt."""
    whole = text.endswith("}")
    inner = text[1:-1] if whole else text[1:]
    shown = _MORE.sub("", inner)
    if shown.endswith("?") and shown.count(", ") == _MOST_SHOWN - 1:
        shown = shown[:-1]
    elements = [one.strip() for one in shown.split(", ")] if shown.strip() else []
    if not whole:
        return Excerpt(elements[:-1])  # where the last one was going is not known
    if inner.startswith("[Subject]") or any(map(is_type_name, elements)):
        return UNKNOWN
    more = shown != inner
    if not more and elements and all(one.isascii() and one.isdigit() for one in elements):
        return [int(one[:4]) for one in elements]
    return Excerpt(elements) if more else elements


def _certificate(pieces: Sequence[Piece]) -> Located:
    found: dict[str, str] = {}
    name = ""
    for piece in pieces:
        line = piece.text.strip()
        if line.lower() in _CERTIFICATE:
            name = _CERTIFICATE[line.lower()]
        elif name and line not in {"", "}"}:
            found[name] = f"{found[name]} {line}" if name in found else line
    validity = found.pop("NotBefore", ""), found.pop("NotAfter", "")
    for time, shown in zip(("NotBefore", "NotAfter"), validity, strict=True):
        told = dates.told(shown, [validity])
        if told:
            found[time] = told
    return Located(found)
