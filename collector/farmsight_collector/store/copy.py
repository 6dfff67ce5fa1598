"""Copies a store into an empty one of the same or the other kind: all of it and verified, or nothing.

The source is read in one transaction, as of one instant. The target is written
in one transaction, read again in it, and committed only when each table holds
the same number of rows with the same digest. Memory is bounded by a few rows'
worth at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import Table, func, select, text
from sqlalchemy.engine import Connection

from farmsight_collector.errors import InvalidRequestError, StoreError
from farmsight_collector.store import claims, schema
from farmsight_collector.store.digest import TableDigest, plain
from farmsight_collector.store.engine import Store
from farmsight_collector.store.migrate import LOCK

ROWS_AT_ONCE: Final = 500
# Of these one row may be 32 MiB, or 4 MiB; the others are small.
_OF_LARGE_ROWS: Final = {"blobs": 1, "facts": 50, "quarantine": 50}
BYTES_AT_ONCE: Final = 4 << 20
# Who lives and who has claimed what is of one database alone; which CA is its own is told by any start.
OF_THE_DATABASE: Final = frozenset({"replicas", "claims"})
_MAY_BE_THERE: Final = OF_THE_DATABASE | {"authority"}

Progress = Callable[[str, int, int], None]  # stage, done, total


class CopyError(StoreError):
    """The copy could not be made; the target holds what it held before."""


@dataclass(frozen=True, kw_only=True)
class Copied:
    """One table, on both sides."""

    table: str
    rows: int
    digest: str


def copy(source: Store, target: Store, progress: Progress) -> list[Copied]:
    """Copy everything and return what each table holds; raises InvalidRequestError, CopyError, StoreError.

    Refused when the target holds anything, and when a collector serves from a
    PostgreSQL source; one that serves from a SQLite file waits meanwhile.
    """
    with source.write() if source.is_sqlite else source.read() as reading, target.write() as writing:
        _refuse(source, reading, target, writing)
        found = [_table(table, reading, writing, progress) for table in _tables()]
        _number_on(writing)
    return found


def _tables() -> list[Table]:
    return [table for table in schema.metadata.sorted_tables if table.name not in OF_THE_DATABASE]


def _refuse(source: Store, reading: Connection, target: Store, writing: Connection) -> None:
    if source.url == target.url:
        raise InvalidRequestError("source and target are the same database")
    if not source.is_sqlite and (living := claims.living(reading)):
        names = ", ".join(sorted(one.name for one in living))
        raise InvalidRequestError(f"collectors serve from the source ({names}): stop them, or what they take is lost")
    if not target.is_sqlite:
        writing.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # a slow source is no fault
        writing.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")  # a collector that starts waits
        for table in schema.metadata.sorted_tables:
            writing.exec_driver_sql(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE')
        if claims.living(writing):
            raise InvalidRequestError("a collector serves from the target: stop it first")
    held = {table.name: _count(writing, table) for table in schema.metadata.sorted_tables}
    full = [f"{name} ({count})" for name, count in held.items() if count and name not in _MAY_BE_THERE]
    if full:
        raise InvalidRequestError(f"the target holds something already: {', '.join(full)}; give an empty database")
    if held["authority"]:
        ours, theirs = (side.scalar(select(schema.authority.c.ca_sha256)) for side in (reading, writing))
        if ours is not None and bytes(ours) != bytes(theirs or b""):
            raise InvalidRequestError("the target belongs to a collector with another CA; give an empty database")
        writing.execute(schema.authority.delete())


def _table(table: Table, reading: Connection, writing: Connection, progress: Progress) -> Copied:
    total = _count(reading, table)
    read, written = TableDigest(), TableDigest()
    insert = _copy_in if writing.dialect.name == "postgresql" else _insert
    for rows in _rows(reading, table):
        read.add(rows)
        insert(writing, table, rows)
        progress(f"copying {table.name}", read.rows, total)
    for rows in _rows(writing, table):
        written.add(rows)
        progress(f"verifying {table.name}", written.rows, total)
    if (read.rows, read.hex()) != (written.rows, written.hex()):
        raise CopyError(
            f"{table.name}: {read.rows} rows, digest {read.hex()} at the source; {written.rows} rows, digest "
            f"{written.hex()} at the target; nothing was kept"
        )
    return Copied(table=table.name, rows=written.rows, digest=written.hex())


def _rows(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table, some at a time within a bound of bytes; raises CopyError for what no row may hold."""
    columns = ", ".join(_quoted(connection, column.name) for column in table.columns)
    statement = text(f"SELECT {columns} FROM {_quoted(connection, table.name)}")  # noqa: S608 - our schema's names
    some: list[tuple[Any, ...]] = []
    size = 0
    fetched = _OF_LARGE_ROWS.get(table.name, ROWS_AT_ONCE)
    with connection.execute(statement, execution_options={"yield_per": fetched}) as result:
        for row in result:
            try:
                some.append(plain(table, row))
            except ValueError as error:
                raise CopyError(str(error)) from error
            size += sum(len(value) for value in some[-1] if isinstance(value, bytes | str))
            if len(some) >= ROWS_AT_ONCE or size >= BYTES_AT_ONCE:
                yield some
                some, size = [], 0
    if some:
        yield some


def _insert(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    marks = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {_columns_of(connection, table)} VALUES ({marks})"  # noqa: S608 - our schema's names
    connection.exec_driver_sql(statement, [tuple(row) for row in rows])


def _copy_in(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Put rows in by COPY, several times faster than by INSERT."""
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"COPY {_columns_of(connection, table)} FROM STDIN") as into:
            for row in rows:
                into.write_row(row)
    except psycopg.Error as error:
        raise CopyError(f"{table.name}: {error}") from error
    finally:
        cursor.close()


def _number_on(connection: Connection) -> None:
    """Let the database number new rows after those that were copied; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in _tables():
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        last = select(func.coalesce(func.max(column), 0)).scalar_subquery()
        if connection.scalar(select(sequence)) is not None:
            connection.execute(select(func.setval(sequence, func.greatest(last, 1), last > 0)))


def _columns_of(connection: Connection, table: Table) -> str:
    names = ", ".join(_quoted(connection, column.name) for column in table.columns)
    return f"{_quoted(connection, table.name)} ({names})"


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
