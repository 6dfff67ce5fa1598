"""Lines of "label: value" and names over several lines, in any display language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from farmsight_agent.hosts.evidence.certutil import dates
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.normalise.spelling import windows_name

_COLON: Final = re.compile("[:\uff1a]")
_LONGEST_LABEL: Final = 80
_LONGEST_NAME: Final = 8_000
_ATTRIBUTE: Final = re.compile(r"(?:OID\.)?(?:[A-Za-z][A-Za-z0-9-]{0,40}|\d+(?:\.\d+)+) ?=")
_SERIAL: Final = re.compile(r"(?:[0-9a-fA-F]{2}){1,64}")
_SHA1: Final = re.compile(r"[0-9a-fA-F]{40}")
_SHA1_LABEL: Final = re.compile(r"\(sha-?1\)", re.IGNORECASE)


@dataclass(kw_only=True)
class Field:
    """One labelled value; `parts` are the lines of a name that stand below a label without a value."""

    line: int
    label: str
    value: str
    parts: list[str] = field(default_factory=list)

    @property
    def is_date(self) -> bool:
        """Tell whether the value is a date."""
        return dates.shown(self.value) is not None

    @property
    def is_name(self) -> bool:
        """Tell whether the value is a distinguished name."""
        return bool(self.parts) or is_attribute(self.value)

    @property
    def name(self) -> str:
        """Return the value as a distinguished name; "" for an empty one."""
        return name(", ".join(self.parts) or self.value)

    @property
    def serial(self) -> str:
        """Return the value as a serial number (lower-case hex, no leading zeros), or ""."""
        packed = self.value.replace(" ", "")
        return hexadecimal(packed) if _SERIAL.fullmatch(packed) else ""

    @property
    def sha1(self) -> str:
        """Return the value as a thumbprint, or ""."""
        packed = self.value.replace(" ", "").lower()
        return packed if _SHA1.fullmatch(packed) else ""

    @property
    def tells_sha1(self) -> bool:
        """Tell whether label and value are those of a SHA-1 thumbprint: the label names the hash in every language."""
        return bool(self.sha1 and _SHA1_LABEL.search(self.label))


def split(line: Line) -> Field | None:
    """Return label and value of a line, parted by its first colon; None where there is none."""
    text = line.bare
    found = _COLON.search(text, 0, _LONGEST_LABEL)
    if found is None:
        return None
    label = text[: found.start()].strip()
    if not label or "=" in label:
        return None
    return Field(line=line.number, label=label, value=text[found.end() :].strip())


def _goes_on(value: str, line: Line) -> bool:
    """Tell the rest of a name that the console broke: an attribute, or anything where the name has no end."""
    if len(line.text) - len(line.bare) > 1 or not line.text:
        return False
    open_end = value.endswith((",", "="))
    return (not line.indented and "=" in line.text) or (open_end and len(line.text) <= _LONGEST_LABEL)


def fields(printed: Iterable[Line]) -> list[Field]:
    """Return the labelled values of some lines, in their order.

    A name that the console broke, and whose rest stands at column 0 below,
    is put together even where the width of the console cannot be told.
    """
    found: list[Field] = []
    open_name = follows = False
    for line in printed:
        one = split(line)
        if open_name and is_attribute(line.bare):
            found[-1].parts.append(line.bare)
        elif one is not None:
            found.append(one)
            open_name, follows = not one.value, True
            continue
        elif follows and is_attribute(found[-1].value) and _goes_on(found[-1].value, line):
            found[-1].value += (" " if found[-1].value.endswith(",") else "") + line.bare
            continue
        elif line.text:
            open_name = False
        follows = False
    return found


def is_attribute(text: str) -> bool:
    """Tell whether a text begins as a distinguished name does ("CN=")."""
    return _ATTRIBUTE.match(text) is not None


@lru_cache(maxsize=1024)  # issuers and subjects repeat
def name(text: str) -> str:
    """Return a distinguished name in the spelling of RFC 4514.

    For a name without any attribute Windows prints a word of its language,
    and in brackets what else names the holder: that is the empty name.
    """
    return windows_name(text) if len(text) <= _LONGEST_NAME and is_attribute(text) else ""


def hexadecimal(text: str) -> str:
    """Return hex in lower case without leading zeros; "0" for nothing but zeros."""
    return text.lower().lstrip("0") or "0"
