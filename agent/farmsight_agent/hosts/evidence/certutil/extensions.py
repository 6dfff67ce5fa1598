"""The extensions that `certutil -dump` shows, by their OIDs, which no language translates.

Each begins with a line like `2.5.29.20: Flags = 0, Length = 3`; what stands
below it is indented at least as far.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.fields import Field, hexadecimal
from farmsight_agent.hosts.evidence.certutil.verification_urls import url

ALGORITHMS: Final = ("1.2.840.", "1.3.101.", "1.3.36.3.", "2.16.840.")  # one of them is in every dump
CRL_NUMBER: Final = "2.5.29.20"
DELTA_INDICATOR: Final = "2.5.29.27"
DISTRIBUTION_POINT: Final = "2.5.29.28"
FRESHEST_CRL: Final = "2.5.29.46"
NEXT_PUBLISH: Final = "1.3.6.1.4.1.311.21.4"
AUTHORITY_KEY: Final = "2.5.29.35"
SUBJECT_KEY: Final = "2.5.29.14"
ALTERNATIVE_NAMES: Final = "2.5.29.17"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
KEY_PURPOSES: Final = "2.5.29.37"
TEMPLATE: Final = "1.3.6.1.4.1.311.21.7"
TEMPLATE_NAME: Final = "1.3.6.1.4.1.311.20.2"
ACCOUNT_SID: Final = "1.3.6.1.4.1.311.25.2"

_BEGINS: Final = re.compile(r" *(\d+(?:\.\d+){2,}) ?: ?[^=]{1,60}= ?([01])\b[^=]{0,60}= ?([0-9a-fA-F]{1,8})")
_HEX: Final = re.compile(r"[0-9a-fA-F]{2}(?: ?[0-9a-fA-F]{2})*")
_OID_SHOWN: Final = re.compile(r"\((\d+(?:\.\d+)+)\)")
_OID: Final = re.compile(r"\d+(?:\.\d+)+")


@dataclass(kw_only=True)
class Extension:
    """One extension: `length` is that of its DER in bytes, `lines` stand below its first line."""

    line: int
    oid: str
    critical: bool
    length: int
    indent: int
    lines: list[Line] = field(default_factory=list)

    def values(self) -> Iterator[tuple[str, str]]:
        """Yield label and value of lines like `KeyID=ab cd`."""
        for line in self.lines:
            label, equals, value = line.bare.partition("=")
            if equals:
                yield label.strip(), value.strip()

    def hexadecimal(self) -> str:
        """Return the first value in hex, also where it stands without a label; "" for none."""
        candidates = [value for _, value in self.values()] + [line.bare for line in self.lines[1:]]
        found = next((one for one in candidates if _HEX.fullmatch(one)), "")
        return found.replace(" ", "").lower()

    def number(self) -> str:
        """Return a number as the contract spells it, or ""."""
        shown = self.hexadecimal()
        return hexadecimal(shown) if shown else ""

    def oids(self) -> list[str]:
        """Return the OIDs that stand in brackets behind their names."""
        return [found for line in self.lines for found in _OID_SHOWN.findall(line.bare)]

    def urls(self) -> list[str]:
        """Return the URLs."""
        return [one for one in (url(value) for _, value in self.values()) if one]


def extensions(printed: Sequence[Line]) -> list[Extension]:
    """Return the extensions in their order, those of a CRL's entries among them."""
    found: list[Extension] = []
    current: Extension | None = None
    for line in printed:
        begins = _BEGINS.match(line.text)
        indent = len(line.text) - len(line.bare)
        if begins is not None:
            current = Extension(
                line=line.number,
                oid=begins[1],
                critical=begins[2] == "1",
                length=int(begins[3], 16),
                indent=indent,
            )
            found.append(current)
        elif current is not None and line.text and indent < current.indent:
            current = None
        elif current is not None and line.text:
            current.lines.append(line)
    return found


def first_oid(rows: Sequence[Field], place: int) -> str:
    """Return the OID that begins the value of the field at this place among those that do, or ""."""
    found = [match[0] for row in rows if (match := _OID.match(row.value)) and "." in match[0]]
    return found[place] if len(found) > place else ""
