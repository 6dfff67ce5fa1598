"""Every revision up and down on both databases, with rows in every table, and the schema that comes of it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from farmsight_collector.store import migrate, schema
from farmsight_collector.store.engine import open_store

ROWS = 3
HELD_BY_ALEMBIC = "alembic_version"
FIRST = "0001"
# Their bytes have a form from 0005 on: what stands there is what the revision made of the rows of 0001.
PACKED = {"samples_hourly", "samples_daily"}


def revisions() -> list[str]:
    """Return all revisions, the first one first."""
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    return [one.revision for one in reversed(list(script.walk_revisions("base", "heads")))]


@pytest.fixture
def engine(store_url: str) -> Iterator[sa.Engine]:
    """Yield a database without any table, reached as the store reaches it."""
    store = open_store(store_url)
    migrate.downgrade(store.engine)
    yield store.engine
    store.close()


def tables(engine: sa.Engine) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(engine)
    return [table for table in found.sorted_tables if table.name != HELD_BY_ALEMBIC]


def value(column: sa.Column[Any], number: int) -> object:
    """Return some value that the column takes, another one for each number."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return bool(number % 2)
    if isinstance(kind, sa.LargeBinary):
        return bytes([number]) * 4
    if isinstance(kind, sa.Float):
        return number + 0.1
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.DateTime):
        return dt.datetime(2026, 11, 1 + number, tzinfo=dt.UTC)
    return f"{column.name} {number} ä"


def fill(engine: sa.Engine, table: sa.Table) -> None:
    """Put rows into an empty table; what refers to another table refers to its rows, which are numbered alike."""
    rows = [{column.name: value(column, number) for column in table.columns} for number in range(1, ROWS + 1)]
    for row, number in zip(rows, range(1, ROWS + 1), strict=True):
        for column in table.columns:
            for key in column.foreign_keys:
                row[column.name] = value(key.column, number)
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)


def fill_empty(engine: sa.Engine) -> None:
    found = counts(engine)
    for table in tables(engine):
        packed = table.name in PACKED and any(isinstance(c.type, sa.LargeBinary) for c in table.columns)
        if not found[table.name] and not packed:
            fill(engine, table)


def counts(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in tables(engine)
        }


def content(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables, by column."""
    with engine.connect() as connection:
        return {
            table.name: sorted((dict(row._mapping) for row in connection.execute(table.select())), key=repr)
            for table in tables(engine)
        }


def all_kept(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> None:
    """Find each row of a table that is still there again, by the columns that it had and has."""
    for name in (before.keys() & after.keys()) - PACKED:
        columns = {c for row in before[name] for c in row} & {c for row in after[name] for c in row}
        had, has = (Counter(repr([row[c] for c in sorted(columns)]) for row in side[name]) for side in (before, after))
        assert had <= has, name


def test_every_revision_goes_up_over_rows_and_loses_none(engine: sa.Engine) -> None:
    for revision in revisions():
        before = content(engine)
        migrate.upgrade(engine, revision)
        after = content(engine)
        assert before.keys() <= after.keys(), f"{revision} dropped a table"
        all_kept(before, after)
        fill_empty(engine)
    assert all(counts(engine).values()), "a table without rows shows nothing"


def test_every_revision_goes_down_over_rows_and_up_again(engine: sa.Engine) -> None:
    migrate.upgrade(engine, FIRST)
    fill_empty(engine)
    migrate.upgrade(engine)
    fill_empty(engine)
    walked = revisions()
    for revision, below in zip(reversed(walked), [*reversed(walked[:-1]), "base"], strict=True):
        before = content(engine)
        migrate.downgrade(engine, below)
        there = content(engine)
        all_kept(before, there)
        migrate.upgrade(engine, revision)
        assert content(engine).keys() == before.keys(), revision
        fill_empty(engine)
        migrate.downgrade(engine, below)
        assert content(engine).keys() == there.keys()
    assert not tables(engine)


def test_the_migrated_schema_is_the_one_that_the_code_means(engine: sa.Engine) -> None:
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": False, "target_metadata": schema.metadata}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_both_databases_have_the_same_tables_columns_keys_and_indexes(store_url: str, engine: sa.Engine) -> None:
    migrate.upgrade(engine)
    looked = sa.inspect(engine)
    for table in schema.metadata.sorted_tables:
        assert [c["name"] for c in looked.get_columns(table.name)] == [c.name for c in table.columns], table.name
        nullable = {c["name"]: c["nullable"] for c in looked.get_columns(table.name)}
        assert nullable == {c.name: bool(c.nullable) for c in table.columns}, table.name
        key = looked.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [c.name for c in table.primary_key.columns], table.name
        indexes = {tuple(i["column_names"]) for i in looked.get_indexes(table.name)}
        assert {tuple(c.name for c in index.columns) for index in table.indexes} <= indexes, table.name
