"""What is handed to PowerShell, and what comes back: lines of JSON among whatever else a console shows."""

import html
import json
import re
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from typing import Any, Final

from farmsight_agent.hosts.evidence.documents.located import Located, read_json

# Starting PowerShell and loading the module takes up to 20 s on a busy server, each of a dozen cmdlets a second
# or two; a proxy whose AD FS does not answer waits for it. The probes' own deadline lies above.
LIMIT_S: Final = 100.0
MOST_BYTES: Final = 4 * 1024 * 1024  # a large farm prints some 200 kB, and reading takes thirty times its size
SOURCE: Final = "powershell"
_SECTION: Final = re.compile(r'^\{"(?:Errors|Complete|Get-[A-Za-z]{1,60}|Proxy[A-Za-z]{1,40})":', re.MULTILINE)
_CLIXML_ERROR: Final = re.compile(r'<S S="(?:E|e)rror">([^<]{0,4000})</S>')
_CLIXML: Final = re.compile(r"#< CLIXML\s{0,4}(?:<Objs [^\r\n]*)?")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SPACES: Final = re.compile(r"\s+")
_SAID: Final = 600


def script(name: str) -> str:
    """Return the fixed script of a role ("adfs", "wap"), whole: it stands inside the package and is ASCII."""
    folder = resources.files("farmsight_agent.hosts.windows.programs") / "scripts"
    return "\n".join((folder / f"{one}.ps1").read_text(encoding="ascii") for one in ("common", name))


@dataclass(frozen=True, kw_only=True)
class Told:
    """The sections that were told; `complete` when the script came to its end, `damaged` when some were spoiled."""

    sections: dict[str, Any]
    errors: dict[str, Located]
    complete: bool
    damaged: bool


def told(stdout: bytes) -> Told:
    """Return the sections in what the script printed; the first of two that are called alike stands.

    Each begins a line. What else a console shows (a mark of the encoding, a
    banner, warnings) is passed over, and line breaks that a narrow console
    put into JSON are taken out: ConvertTo-Json -Compress writes none itself.
    """
    text = stdout.decode("utf-8", "replace").lstrip("\ufeff").replace("\r", "")
    begins = [found.start() for found in _SECTION.finditer(text)]
    sections: dict[str, Any] = {}
    errors: dict[str, Located] = {}
    damaged = False
    for begin, end in pairwise([*begins, len(text)]):
        found = _object(text[begin:end])
        if found is None:
            damaged = True
            continue
        for name, why in _members(found.pop("Errors", None)):
            errors.setdefault(name, why)
        for name, value in found.items():
            sections.setdefault(name, value)
    return Told(sections=sections, errors=errors, complete=sections.pop("Complete", None) is True, damaged=damaged)


def _object(piece: str) -> dict[str, Any] | None:
    """Return the object at the beginning of a piece; None where it is spoiled or cut off."""
    lines = piece.split("\n")
    if "\ufffd" in piece:  # bytes that are no UTF-8; the script itself writes ASCII
        return None
    whole = _parsed(lines[0])
    return whole if whole is not None else _parsed("".join(lines))


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        value = read_json(text, _marked)
    except (json.JSONDecodeError, ValueError, RecursionError):
        return None
    return dict(value) if isinstance(value, Located) else None


def _marked(value: dict[str, Any]) -> Located:
    made = Located(value)
    made.source = SOURCE
    return made


def _members(value: object) -> list[tuple[str, Located]]:
    held = value.items() if isinstance(value, Located) else ()
    return [(name, why) for name, why in held if isinstance(why, Located)]


def said(stderr: bytes) -> str:
    """Return what PowerShell wrote to standard error as one short line, progress and markup left out."""
    text = stderr.decode("utf-8", "replace")
    errors = [_unescaped(one) for one in _CLIXML_ERROR.findall(text)]
    rest = _CLIXML.sub(" ", text)
    return _SPACES.sub(" ", " ".join([*errors, rest])).strip()[:_SAID]


def _unescaped(text: str) -> str:
    return html.unescape(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
