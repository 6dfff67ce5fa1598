"""What a table holds, as one number that does not hang on the order of its rows or on the database.

The sum of the SHA-256 of every row, modulo 2**256. Rows of a table differ from
each other (they have keys), so that a row changed, lost or put there twice
changes the sum.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, Table

_MODULUS: Final = 1 << 256
_DOUBLE: Final = struct.Struct(">d")
_LENGTH: Final = struct.Struct(">Q")


class TableDigest:
    """Counts and sums the rows of one table."""

    def __init__(self) -> None:
        """Begin with no row."""
        self.rows = 0
        self._sum = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take rows in, each the values of all columns as `values` gives them."""
        for row in rows:
            self.rows += 1
            self._sum += int.from_bytes(hashlib.sha256(b"".join(_spelt(value) for value in row)).digest())
        self._sum %= _MODULUS

    def hex(self) -> str:
        """Return the sum."""
        return f"{self._sum:064x}"


def plain(table: Table, row: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values of a row as both databases give and take them; raises ValueError naming what neither takes.

    SQLite keeps whatever it is given: a column that the schema calls a number may hold a text there.
    """
    return tuple(_plain(column, value) for column, value in zip(table.columns, row, strict=True))


def _plain(column: Column[Any], value: object) -> object:
    kind = column.type
    if value is None:
        if column.nullable:
            return None
    elif isinstance(kind, LargeBinary):
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
    elif isinstance(kind, Boolean):
        if value in (0, 1):
            return bool(value)
    elif isinstance(kind, Float):
        if isinstance(value, int | float):
            return float(value) + 0.0  # of the two zeros SQLite keeps one
    elif isinstance(kind, Integer):
        if isinstance(value, int):
            return int(value)
    elif isinstance(value, str) and "\0" not in value:
        return value
    raise ValueError(f"{column.table.name}.{column.name} holds {value!r:.60}, which is no {type(kind).__name__}")


def _spelt(value: object) -> bytes:
    """Return a value in bytes that tell kind and length, so that no two rows are spelt alike."""
    if value is None:
        return b"n"
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, float):
        return b"d" + _DOUBLE.pack(value)
    if isinstance(value, int):
        data, kind = str(value).encode(), b"i"
    elif isinstance(value, str):
        data, kind = value.encode("utf-8", "surrogatepass"), b"s"
    else:
        data, kind = bytes(value), b"b"  # type: ignore[call-overload]
    return kind + _LENGTH.pack(len(data)) + data
