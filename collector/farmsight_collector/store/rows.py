"""What every writer of rows needs: inserting what is not there yet, and text that any database takes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

TEXT_LIMIT: Final = 4096
_T = TypeVar("_T")
PARAMETERS: Final = 8_000  # of one statement; SQLite takes 32,766, PostgreSQL 65,535


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, leaving alone those whose unique key is there already."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), list(rows))
    else:
        connection.execute(postgresql.insert(table).on_conflict_do_nothing(), list(rows))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows, each the values of all columns in the table's order.

    Goes past the type processing that SQLAlchemy does for each value, which
    takes longer than the database does. Bytes must be `bytes`.
    """
    names = ", ".join(_quoted(connection, column.name) for column in table.columns)
    marks = ", ".join([_mark(connection)] * len(table.columns))
    name = _quoted(connection, table.name)
    _many(connection, f"INSERT INTO {name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our schema's names


def update_rows(connection: Connection, table: Table, column: str, rows: Sequence[Sequence[Any]]) -> None:
    """Set one column of many rows, each given as the new value and the values of the primary key.

    As fast, and for the same reason, as `insert_rows`.
    """
    mark = _mark(connection)
    key = " AND ".join(f"{_quoted(connection, part.name)} = {mark}" for part in table.primary_key.columns)
    name, column = _quoted(connection, table.name), _quoted(connection, column)
    _many(connection, f"UPDATE {name} SET {column} = {mark} WHERE {key}", rows)  # noqa: S608 - our schema's names


def fetch_rows(
    connection: Connection, table: Table, columns: Sequence[str], where: str, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Return columns of many rows as the driver has them; `where` is SQL with {mark} for each of the values.

    As fast, and for the same reason, as `insert_rows`.
    """
    names = ", ".join(_quoted(connection, name) for name in columns)
    condition = where.format(mark=_mark(connection))
    statement = f"SELECT {names} FROM {_quoted(connection, table.name)} WHERE {condition}"  # noqa: S608 - our schema's names
    with connection.exec_driver_sql(statement, tuple(values)) as result:
        assert result.cursor is not None  # it returns rows
        return [*result.cursor.fetchall()]


def _many(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)


def storable(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return the text as a column can hold it: no NUL (PostgreSQL refuses it), cut at the limit."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def chunks(items: Sequence[_T], size: int = PARAMETERS) -> list[Sequence[_T]]:
    """Return the items in rows of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]
