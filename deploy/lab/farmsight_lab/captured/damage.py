"""What happens to captured outputs on their way: consoles, editors, mail, haste. For tests.

A damage takes text or bytes and returns them damaged; some take a server's
files by name. None of them is random but `garbage`, which follows its seed.
"""

import random
import re
from collections.abc import Iterable, Mapping
from typing import Final

from farmsight_lab.captured.encoding import encoded
from farmsight_lab.captured.languages.words import Words
from farmsight_lab.captured.outputs import Output

Files = Mapping[str, bytes]

POWERSHELL: Final = "PS C:\\> "
COMMAND_PROMPT: Final = "C:\\Windows\\system32>"
_COLON: Final = re.compile(r"(?<=[\w)\]]) ?:(?=\s|$)", re.MULTILINE)


def wrapped(text: str, columns: int = 80) -> str:
    """Return text as copied from a console of so many columns: long lines go on at the next line's start."""
    lines = []
    for line in text.split("\n"):
        bare = line.removesuffix("\r")
        end = line[len(bare) :]
        pieces = [bare[at : at + columns] for at in range(0, len(bare), columns)] or [""]
        lines.append(f"{end}\n".join(pieces) + end)
    return "\n".join(lines)


def cut(data: bytes, fraction: float) -> bytes:
    """Return the first part of a file: the copy broke off, or the disk was full."""
    return data[: int(len(data) * fraction)]


def mixed_line_ends(text: str) -> str:
    """Return text whose lines end in turn as on Windows, on Unix and on an old Mac."""
    lines = text.replace("\r\n", "\n").split("\n")
    ends = ("\r\n", "\n", "\r")
    return "".join(line + ends[number % 3] for number, line in enumerate(lines[:-1])) + lines[-1]


def utf8_read_as_ansi(text: str, page: str = "cp1252") -> str:
    """Return what becomes of UTF-8 that an editor took for an ANSI page of single bytes."""
    return "".join(_letter(byte, page) for byte in text.encode())


def oem_read_as_ansi(text: str, words: Words) -> str:
    """Return what becomes of a console's output that an editor took for the ANSI page of the same language."""
    if words.oem == words.ansi:  # as in East Asia: nothing happens
        return text
    return "".join(_letter(byte, words.ansi) for byte in encoded(text, "oem", words))


def _letter(byte: int, page: str) -> str:
    # Some places of a page are empty; Windows lets the control characters of the same number through.
    return bytes([byte]).decode(page, errors="ignore") or chr(byte)


def nbsp_before_colons(text: str) -> str:
    """Return text with a no-break space before the colons of labels, as in French; URLs stay."""
    return _COLON.sub("\u00a0:", text)


def appended(*parts: bytes) -> bytes:
    """Return outputs of several runs in one file, as `>>` leaves them."""
    return b"".join(parts)


def transcript(outputs: Iterable[Output], prompt: str = POWERSHELL) -> str:
    """Return all outputs of one session: a command prompt has none of what only PowerShell prints."""
    shown = [one for one in outputs if prompt.startswith("PS") or not one.powershell]
    lines = [f"{prompt}{one.command}\r\n{one.text.rstrip()}\r\n\r\n" for one in shown]
    return "".join(lines) + prompt + "\r\n"


def under_another_name(files: Files, server: str, other: str) -> dict[str, bytes]:
    """Return a server's files with another computer's name in front of theirs; what they hold stays."""
    return {re.sub(rf"^{re.escape(server)}_", f"{other}_", name): data for name, data in files.items()}


def without(files: Files, *endings: str) -> dict[str, bytes]:
    """Return the files but for those whose names end so."""
    return {name: data for name, data in files.items() if not name.endswith(endings)}


def garbage(size: int, seed: int = 0) -> bytes:
    """Return a file of nothing at all."""
    return random.Random(seed).randbytes(size)
