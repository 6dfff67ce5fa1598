"""The text of captured files, whichever encoding their console or editor chose.

Windows tools write the OEM code page into a redirected file, Windows
PowerShell UTF-16, editors UTF-8 or the ANSI code page, and `>>` any of them
behind any other. Nothing in the bytes says which, so the marks are looked at
first, then the shape, and the statistics of letters last.
"""

import codecs
import re
from typing import Final

from farmsight_agent.hosts.evidence.intake.code_pages import code_page
from farmsight_agent.hosts.evidence.intake.margins import bare
from farmsight_agent.hosts.evidence.intake.wide import NARROW, is_mixed, stretches, wide_start

_UTF_32: Final = ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"))
_CHARACTER: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
# What a terminal takes as colours and other orders (ECMA-48), in transcripts and redirected output.
_ORDER: Final = re.compile(r"\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]")
_END_OF_FILE: Final = "\x1a"  # `copy a+b c` ends the copy by it


def decode(data: bytes) -> tuple[str, str]:
    """Return the text and the name of the encoding taken; never raises.

    A file of several encodings is decoded stretch by stretch, and their names
    are joined by "+". Marks, NUL characters and orders to a terminal are
    dropped; what is no character of its encoding becomes U+FFFD.
    """
    if data.isascii() and b"\0" not in data:
        return _clean(data.decode("ascii")), "utf-8"
    for mark, encoding in _UTF_32:
        if data.startswith(mark) and len(data) % 4 == 0:
            return _clean(data.decode(encoding, "replace")), encoding
    start = wide_start(data)
    if start != NARROW and not is_mixed(data):
        return _clean(data.decode(start, "replace")), start
    if start == NARROW and b"\0" not in data:
        text, encoding = _narrow(data)
        return _clean(text), encoding
    parts = [
        _narrow(part) if kind == NARROW else (part.decode(kind, "replace"), kind) for kind, part in stretches(data)
    ]
    # A stretch that is all ASCII would be the same in any encoding: it adds no name.
    names = dict.fromkeys(name for text, name in parts if text.strip("\0")) or {"utf-8": None}
    return _clean("".join(text for text, _ in parts)), "+".join(names)


def printed(data: bytes) -> tuple[str, str]:
    """Return the text as a tool printed it, without what stands in front of all lines alike, and the encoding."""
    text, encoding = decode(data)
    return bare(text), encoding


def _clean(text: str) -> str:
    text = text.replace("\0", "").replace("\ufeff", "").removesuffix(_END_OF_FILE)
    return _ORDER.sub("", text) if "\x1b" in text else text


def _narrow(data: bytes) -> tuple[str, str]:
    """Decode bytes that are UTF-8, a code page, or lines of the one and lines of the other."""
    try:
        # final=False: a capture may end in the middle of a character.
        return codecs.getincrementaldecoder("utf-8")().decode(data, final=False), "utf-8"
    except UnicodeDecodeError:
        pass
    lines = data.split(b"\n")
    kinds = _kinds(lines)
    rest = b"\n".join(line for line, is_utf_8 in zip(lines, kinds, strict=True) if is_utf_8 is False)
    if not rest:
        return data.decode("utf-8", "replace"), "utf-8"
    page = code_page(rest)
    if True not in kinds:
        return data.decode(page, "replace"), page
    text = "\n".join(
        line.decode(page if is_utf_8 is False else "utf-8", "replace")
        for line, is_utf_8 in zip(lines, kinds, strict=True)
    )
    return text, f"utf-8+{page}"


def _kinds(lines: list[bytes]) -> list[bool | None]:
    """Tell of each line whether it is UTF-8; None for ASCII, which is either.

    A line of a code page is valid UTF-8 by chance now and then. So UTF-8
    counts only where most of the text is, or where several such lines stand
    together.
    """
    kinds = [None if line.isascii() else _is_utf_8(line) for line in lines]
    told = [kind for kind in kinds if kind is not None]
    good = sum(told)
    runs = sum(kind and not before for before, kind in zip([False, *told], told, strict=False))
    if good >= 2 * runs > 0 or good >= 3 * (len(told) - good):
        return kinds
    return [None if kind is None else False for kind in kinds]


def _is_utf_8(line: bytes) -> bool:
    """Tell UTF-8, a few broken bytes in a long line notwithstanding."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        whole = _CHARACTER.findall(line)
        return len(whole) >= 3 * len(_HIGH.findall(_CHARACTER.sub(b"", line)))
    return True
