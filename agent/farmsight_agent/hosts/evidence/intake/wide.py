"""UTF-16, with and without its mark, and stretches of it beside stretches of bytes.

Windows PowerShell appends UTF-16 to what a command wrote, and `>>` of a
command appends bytes to what Windows PowerShell wrote. Each of them appends
whole lines, so the kind changes where a line begins.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

NARROW: Final = ""
LITTLE: Final = "utf-16-le"
BIG: Final = "utf-16-be"
_MARKS: Final = ((codecs.BOM_UTF16_LE, LITTLE), (codecs.BOM_UTF16_BE, BIG), (codecs.BOM_UTF8, NARROW))
_LINE_END: Final = {NARROW: b"\n", LITTLE: b"\n\0", BIG: b"\0\n"}
_WINDOW: Final = 256
_SAMPLE: Final = 4096
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ASCII: Final = re.compile(rb"[\t\x20-\x7e]")
# A line of bytes within UTF-16: no two characters of it stand for this many bytes in a row, or for a line end.
_NARROW_RUN: Final = re.compile(rb"[\t\x20-\x7e]{24}|\r\n")
_PLAUSIBLE: Final = re.compile(
    "[\t\n\r -~\u00a0-\u052f\u0590-\u06ff\u0e00-\u0e7f\u1e00-\u1eff\u2010-\u203a\u20ac\u2116\u2122"
    "\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]"
)


def wide_start(data: bytes) -> str:
    """Return the UTF-16 that a text begins in, NARROW for none."""
    kind = _kind(data, 0, NARROW)
    if kind != NARROW or _is_narrow(data[:_WINDOW]):
        return kind
    return _by_characters(data[:_SAMPLE])


def plausible(data: bytes, kind: str) -> float:
    """Return which part of its characters, read as UTF-16, are such as texts have."""
    text = data.decode(kind, "replace")
    return len(_PLAUSIBLE.findall(text)) / max(len(text), 1)


def is_mixed(data: bytes) -> bool:
    """Tell whether a text that begins in UTF-16 has a stretch of bytes as well."""
    return _NARROW_RUN.search(data) is not None


def stretches(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the stretches of a text with the encoding of each: UTF-16, or NARROW for bytes."""
    kind, begin, at = wide_start(data), 0, 0
    while at < len(data):
        here = _kind(data, at, kind) if at else kind
        if here != kind:
            yield kind, data[begin:at]
            kind, begin = here, at
        at = _next_line(data, at, kind)
    yield kind, data[begin:]


def _next_line(data: bytes, at: int, kind: str) -> int:
    end, unit = _LINE_END[kind], len(_LINE_END[kind])
    found = data.find(end, at)
    while found >= 0 and (found - at) % unit:
        found = data.find(end, found + 1)
    return found + unit if found >= 0 else len(data)


def _kind(data: bytes, at: int, before: str) -> str:
    """Return the kind of the line that begins here; `before` is that of the line in front of it."""
    window = data[at : at + _WINDOW]
    for mark, kind in _MARKS:
        if window.startswith(mark):
            return kind
    if before != NARROW:
        return NARROW if _is_narrow(window) else before
    if b"\0" not in window:
        return NARROW
    return next((kind for kind in (LITTLE, BIG) if _is_wide(window, kind)), NARROW)


def _is_narrow(window: bytes) -> bool:
    """Tell a line of bytes where UTF-16 could go on."""
    line, end, after = window.lstrip(b"\r\n").partition(b"\n")
    if b"\0" in line or after.startswith(b"\0"):
        return False
    if not line.strip():
        return bool(line or end or b"\r\n" in window)
    return (bool(end) and line.endswith(b"\r")) or (len(line) >= 4 and len(_ASCII.findall(line)) >= 0.9 * len(line))


def _is_wide(window: bytes, kind: str) -> bool:
    """Tell a line of UTF-16 where bytes could go on: every other byte of its ASCII part is NUL, or its line end is."""
    end = _LINE_END[kind]
    found = window.find(end)
    if found >= 0 and found % 2 == 0 and b"\n" not in window[:found]:
        return True
    line = window[: len(window) // 2 * 2]
    upper, lower = (line[1::2], line[0::2]) if kind == LITTLE else (line[0::2], line[1::2])
    if len(line) < 4 or b"\r\n" in window:
        return False
    return upper[0] == 0 != lower[0] and upper.count(0) >= 0.4 * len(upper) > 4 * lower.count(0)


def _by_characters(sample: bytes) -> str:
    """Return the UTF-16 in which nearly all of a sample is text, where it is none as bytes."""
    sample = sample[: len(sample) // 2 * 2]
    if len(sample) < 8 or b"\r\n" in sample or len(_CONTROLS.findall(sample)) * 32 < len(sample):
        return NARROW
    shares = {kind: plausible(sample, kind) for kind in (LITTLE, BIG)}
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= 0.9 else NARROW
