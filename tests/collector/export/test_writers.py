"""Tables as CSV, JSON and Parquet: whole, typed, harmless, and in little memory."""

import csv
import io
import json
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.export.table import Column, Table
from farmsight_collector.export.writers import WRITERS, NotInstalledError, write_csv, write_parquet
from farmsight_collector.model.words import plain

COLUMNS = (
    Column(name="name"),
    Column(name="at", type="instant"),
    Column(name="value", type="number"),
    Column(name="count", type="whole"),
    Column(name="odd", type="flag"),
)
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def table(*rows: tuple[Any, ...]) -> Table:
    return Table(
        name="made-up",
        columns=COLUMNS,
        rows=rows,
        flat=lambda row: row,
        document=lambda row: {"name": row[0], "value": row[2]},
    )


def written(form: str, one: Table) -> bytes:
    out = io.BytesIO()
    WRITERS[form](one, out)
    return out.getvalue()


ROWS = (("WAP01", AT, -3.5, 2, True), ("WAP02", None, None, None, None))


def test_csv_has_a_head_times_in_utc_and_nothing_where_nothing_is_known() -> None:
    assert written("csv", table(*ROWS)).decode().splitlines() == [
        "name,at,value,count,odd",
        "WAP01,2026-11-23T10:00:00Z,-3.5,2,true",
        "WAP02,,,,",
    ]


@pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_given_as_text(evil: str) -> None:
    (_, (cell, *_)) = csv.reader(
        io.StringIO(written("csv", table((evil, None, None, None, None))).decode(), newline="")
    )
    assert cell == f"'{plain(evil)}"


@pytest.mark.parametrize("evil", ["\x1b]0;owned\x07", "a\0b", "\u202egnol", "\x9b31m"], ids=ascii)
def test_a_cell_says_nothing_to_a_terminal_and_turns_no_line_around(evil: str) -> None:
    data = written("csv", table((evil, None, None, None, None))).decode()
    assert evil not in data
    assert all(char.isprintable() for char in data.replace("\r\n", ""))


@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text_is_read_back_from_csv_and_none_begins_a_formula(texts: list[str]) -> None:
    data = written("csv", table(*((text, None, None, None, None) for text in texts))).decode()
    cells = [row[0] for row in csv.reader(io.StringIO(data, newline=""))][1:]
    assert len(cells) == len(texts)
    for cell, text in zip(cells, texts, strict=True):
        assert cell.removeprefix("'") == plain(text).removeprefix("'")
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_json_is_one_document_or_an_object_a_line() -> None:
    whole = json.loads(written("json", table(*ROWS)))
    lines = [json.loads(line) for line in written("jsonl", table(*ROWS)).splitlines()]

    assert (whole["schema"], whole["what"]) == ("farmsight.export/1", "made-up")
    assert whole["rows"] == lines == [{"name": "WAP01", "value": -3.5}, {"name": "WAP02", "value": None}]
    assert json.loads(written("json", table()))["rows"] == []


def test_parquet_has_types_and_times_in_utc() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet did not run: pyarrow is not installed")
    read = parquet.read_table(io.BytesIO(written("parquet", table(*ROWS))))

    assert [str(field.type) for field in read.schema] == ["string", "timestamp[us, tz=UTC]", "double", "int64", "bool"]
    assert read.to_pylist()[0]["at"] == AT
    assert read.to_pylist()[1] == {"name": "WAP02", "at": None, "value": None, "count": None, "odd": None}


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotInstalledError, match=r"farmsight\[parquet\]"):
        write_parquet(table(*ROWS), io.BytesIO())


def test_a_hundred_thousand_rows_need_little_memory() -> None:
    class Nowhere(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return len(data)

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(100_000):
            yield f"WAP{number}", AT, float(number), number, False

    long = Table(name="long", columns=COLUMNS, rows=rows(), flat=lambda row: row, document=lambda row: {"row": row})
    tracemalloc.start()
    write_csv(long, Nowhere())  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
