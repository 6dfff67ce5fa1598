"""Writes a table as CSV, JSON, JSON lines or Parquet, a row at a time: however long it is, little memory is needed.

A CSV cell that a spreadsheet would run as a formula is given as text (OWASP,
"CSV Injection"), and one that would speak to a terminal or turn a line around
has these characters replaced; JSON and Parquet have them as they came. Parquet
holds typed columns, times as UTC.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO, Final

from farmsight_collector.export.table import Cell, Table
from farmsight_collector.model.words import plain

ROWS_AT_ONCE: Final = 5000  # of a Parquet row group
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_NO_PARQUET: Final = "Parquet needs pyarrow, which is not installed: pip install 'farmsight[parquet]'"


class NotInstalledError(Exception):
    """A library that a format needs is not here; the text says what to install."""


def write_csv(table: Table, out: BinaryIO) -> None:
    """Write CSV with a head line, in UTF-8."""
    out.write(_line(table.heads or [column.name for column in table.columns]))
    make = table.line or table.flat
    out.writelines(_line([_cell(cell) for cell in make(row)]) for row in table.rows)


def write_json_lines(table: Table, out: BinaryIO) -> None:
    """Write one JSON object a line."""
    out.writelines(_json(table.document(row)) + b"\n" for row in table.rows)


def write_json(table: Table, out: BinaryIO) -> None:
    """Write one JSON document with all rows in it."""
    out.write(b'{"schema": "farmsight.export/1", "what": ' + _json(table.name) + b', "rows": [')
    out.writelines((b",\n" if number else b"\n") + _json(table.document(row)) for number, row in enumerate(table.rows))
    out.write(b"\n]}\n")


def write_parquet(table: Table, out: BinaryIO) -> None:
    """Write Parquet; raises NotInstalledError."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - large, and not everybody's
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError:
        raise NotInstalledError(_NO_PARQUET) from None
    types = {
        "text": pa.string(),
        "instant": pa.timestamp("us", tz="UTC"),
        "number": pa.float64(),
        "whole": pa.int64(),
        "flag": pa.bool_(),
    }
    schema = pa.schema([(column.name, types[column.type]) for column in table.columns])
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for rows in _batches(table):
            columns = [
                pa.array(cells, field.type) for cells, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


WRITERS: Final[dict[str, Callable[[Table, BinaryIO], None]]] = {
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_json_lines,
    "parquet": write_parquet,
}


def _batches(table: Table) -> Iterator[list[tuple[Cell, ...]]]:
    rows = iter(table.rows)
    while some := [tuple(table.flat(row)) for row in islice(rows, ROWS_AT_ONCE)]:
        yield some


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    if isinstance(cell, str):
        return f"'{plain(cell)}" if cell.startswith(_FORMULA) else plain(cell)
    return repr(cell)


def _line(cells: Any) -> bytes:  # noqa: ANN401 - a sequence of texts
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode("utf-8", "replace")


def _json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=True).encode()
