"""Values, operators and the few members of .NET that the script's pure functions use, as Python has them."""

import base64
import re
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Value = Any
NOTHING = object()  # what a cast to void and a method without an answer leave: not even null


class Thing(dict[str, Value]):
    """An object with properties; names are the same in any letters."""

    def __getitem__(self, name: str) -> Value:
        return next((value for key, value in self.items() if key.lower() == name.lower()), None)


class Char(str):
    """One letter, which counts as its number."""


def truth(value: Value) -> bool:
    if isinstance(value, list | bytes):
        return bool(value) and (len(value) > 1 or truth(value[0]))
    return isinstance(value, Thing) or bool(value)


def spread(value: Value) -> list[Value]:
    """What a value becomes in a pipeline: arrays one by one, and null as null."""
    return list(value) if isinstance(value, list | bytes | bytearray) else [value]


def whole(found: list[Value]) -> Value:
    return found[0] if len(found) == 1 else (found or None)


def shown(value: Value) -> str:
    return "" if value is None else str(value)


def formatted(pattern: Value, values: Value) -> str:
    held = values if isinstance(values, list) else [values]

    def one(match: re.Match[str]) -> str:
        value, width, style = held[int(match[1])], int(match[2] or 0), match[3] or ""
        if set(style) == {"0"}:
            said = f"{int(value):0{len(style)}d}"
        else:
            said = f"{int(value):0{style[1:]}{style[0]}}" if style[:1] in {"X", "x"} else shown(value)
        return said.ljust(-width) if width < 0 else said.rjust(width)

    return re.sub(r"\{(\d+)(?:,(-?\d+))?(?::([^}]+))?\}", one, pattern)


def _file_time(ticks: int) -> datetime:
    return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)


def _instant(at: datetime, style: str, _culture: Value) -> str:
    """A time in the one style that the scripts use, by its parts."""
    parts = {"yyyy": f"{at.year:04d}", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
    return at.strftime(re.sub("|".join(parts), lambda found: parts[found[0]], style))


def _copy(source: bytes, at: int, target: bytearray, to: int, size: int) -> Value:
    target[to : to + size] = source[at : at + size]
    return NOTHING


STATIC: dict[str, Callable[..., Value]] = {
    "BitConverter::ToUInt32": lambda data, at: struct.unpack_from("<I", data, at)[0],
    "BitConverter::ToInt32": lambda data, at: struct.unpack_from("<i", data, at)[0],
    "BitConverter::ToInt64": lambda data, at: struct.unpack_from("<q", data, at)[0],
    "Array::Copy": _copy,
    "DateTime::FromFileTimeUtc": _file_time,
    "Convert::ToBase64String": lambda data: base64.b64encode(data).decode(),
    "Convert::FromBase64String": lambda said: base64.b64decode(said, validate=True),
}
ENCODINGS = {"Text.Encoding::ASCII": "ascii", "Text.Encoding::Unicode": "utf-16-le"}
CASTS: dict[str, Callable[[Value], Value]] = {
    "int": lambda v: ord(v) if isinstance(v, Char) else round(v) if isinstance(v, float) else int(v or 0),
    "long": int,
    "uint32": lambda v: int(v) & 0xFFFFFFFF,
    "bool": truth,
    "string": shown,
    "byte[]": bytes,
    "object[]": lambda v: [] if v is None else spread(v),
    "pscustomobject": Thing,
    "ordered": lambda v: v,
    "char": lambda v: Char(chr(v) if isinstance(v, int) else v),
    "version": lambda v: tuple(int(part) for part in v.split(".")),
    "void": lambda _: NOTHING,
}
KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "string": (str,),
    "byte[]": (bytes, bytearray),
    "datetime": (datetime,),
}
METHODS: dict[str, Callable[..., Value]] = {
    "Trim": lambda v, *c: v.strip("".join(c) or None),
    "TrimEnd": lambda v, *c: v.rstrip("".join(c) or None),
    "TrimStart": lambda v, *c: v.lstrip("".join(c) or None),
    "ToUpperInvariant": lambda v: v.upper(),
    "ToLowerInvariant": lambda v: v.lower(),
    "ContainsKey": lambda v, key: key in v,
    "Contains": lambda v, key: key in v,
    "Substring": lambda v, at, size=None: v[at:] if size is None else v[at : at + size],
    "Add": lambda v, one: v.append(one),
    "ToArray": list,
    "Replace": lambda v, old, new: v.replace(old, new),
    "ToString": lambda v, *style: _instant(v, *style) if style else shown(v),
    "ToUniversalTime": lambda v: v.astimezone(UTC),
}


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, str):
        return left.lower() == shown(right).lower()
    return bool(left == right)


def _replaced(said: str, pattern: str, by: str = "") -> str:
    return re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", by), said, flags=re.IGNORECASE)


COMPARED: dict[str, Callable[[Value, Value], Value]] = {
    "-eq": _same,
    "-ne": lambda a, b: not _same(a, b),
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
    "-band": lambda a, b: int(a) & int(b),
    "-bor": lambda a, b: int(a) | int(b),
    "-and": lambda a, b: truth(a) and truth(b),
    "-or": lambda a, b: truth(a) or truth(b),
    "-contains": lambda a, b: any(_same(one, b) for one in spread(a)),
    "-notcontains": lambda a, b: not any(_same(one, b) for one in spread(a)),
    "-in": lambda a, b: any(_same(one, a) for one in spread(b)),
    "-notin": lambda a, b: not any(_same(one, a) for one in spread(b)),
    "-replace": lambda a, b: _replaced(a, *spread(b)),
    "-is": lambda a, b: type(a) in KINDS[b.lower()],
    "-isnot": lambda a, b: type(a) not in KINDS[b.lower()],
    "-split": lambda a, b: re.split(b, a),
    "-join": lambda a, b: shown(b).join(map(shown, spread(a))),
    "+": lambda a, b: a + spread(b) if isinstance(a, list) else a + (shown(b) if isinstance(a, str) else b),
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
