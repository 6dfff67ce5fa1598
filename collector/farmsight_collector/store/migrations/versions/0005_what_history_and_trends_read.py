"""Hours and days of samples from which quantiles can be told, and what became of findings."""

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

HOUR, DAY = 3_600_000_000, 86_400_000_000
WIDTHS = {"samples_hourly": (HOUR, DAY), "samples_daily": (DAY, 8 * DAY)}
# As store/figures.py had it when this was written: a place in the row, then figures without a sketch, with one, or of
# one and the same number.
PLACE, THREE, BLIND, SAME = struct.Struct("<BH"), struct.Struct("<fff"), struct.Struct("<If"), struct.Struct("<fH")
IS_BLIND, IS_SAME = 0xFFFF, 0xFFFE
GROWTH, FIRST = math.log(1.02 / 0.98), math.log(1e-3)
FIGURES = ("count", "minimum", "mean", "p95", "maximum")


def upgrade() -> None:
    connection = op.get_bind()
    for name in ("samples_from", "hours_from"):
        op.add_column("series", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    _settle(connection)
    for name, (one, row) in WIDTHS.items():
        _make(f"{name}_new", sa.Column("figures", sa.LargeBinary(), nullable=False))
        _copy(connection, f"{name}_new", _packed(connection, name, one, row))
        _replace(name)
    op.create_table(
        "finding_changes",
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("servers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["farm_id"], ["farms.id"], name=op.f("fk_finding_changes_farm_id")),
        sa.PrimaryKeyConstraint("farm_id", "at", "id", "change", name=op.f("pk_finding_changes")),
    )
    op.create_index(op.f("ix_finding_changes_farm_id_id"), "finding_changes", ["farm_id", "id"])


def downgrade() -> None:
    connection = op.get_bind()
    op.drop_index(op.f("ix_finding_changes_farm_id_id"), table_name="finding_changes")
    op.drop_table("finding_changes")
    for name, (one, _row) in WIDTHS.items():
        figures: list[sa.Column[Any]] = [sa.Column("count", sa.BigInteger(), nullable=False)]
        figures += [sa.Column(figure, sa.Double(), nullable=False) for figure in FIGURES[1:]]
        _make(f"{name}_new", *figures)
        _copy(connection, f"{name}_new", _unpacked(connection, name, one))
        _replace(name)
    for name in ("hours_from", "samples_from"):
        op.drop_column("series", name)


def _settle(connection: Connection) -> None:
    """Say of each series from when on its samples, and its hours, are whole; the rest of the first ones goes."""
    for series, farm in connection.execute(sa.text("SELECT id, farm_id FROM series")).all():
        whole = {"f": farm, "s": series}
        begins = _first_whole(connection, "samples", "samples_hourly", HOUR, whole)
        if begins is not None:
            connection.execute(
                sa.text("DELETE FROM samples WHERE farm_id=:f AND series_id=:s AND at<:b"), {**whole, "b": begins}
            )
            connection.execute(sa.text("UPDATE series SET samples_from=:b WHERE id=:s"), {"b": begins, "s": series})
        begins = _first_whole(connection, "samples_hourly", "samples_daily", DAY, whole)
        if begins is not None:
            connection.execute(
                sa.text("DELETE FROM samples_hourly WHERE farm_id=:f AND series_id=:s AND at<:b"),
                {**whole, "b": begins},
            )
            connection.execute(sa.text("UPDATE series SET hours_from=:b WHERE id=:s"), {"b": begins, "s": series})
    # All hours whose samples are here are worked out anew, with sketches.
    connection.execute(
        sa.text(
            f"INSERT INTO samples_pending SELECT farm_id, series_id, at / {HOUR} * {HOUR} FROM samples WHERE true "  # noqa: S608 - a number of ours
            "GROUP BY 1, 2, 3 ON CONFLICT DO NOTHING"
        )
    )


def _first_whole(connection: Connection, table: str, coarser: str, width: int, whole: dict[str, int]) -> int | None:
    """Return where the first span begins of which nothing was removed, None where nothing is here at all."""
    its = f"FROM {table} WHERE farm_id=:f AND series_id=:s"
    first = connection.scalar(sa.text(f"SELECT min(at) {its}"), whole)
    if first is None:
        return None
    begin = first // width * width
    counted = "count(*)" if table == "samples" else "sum(count)"
    here = connection.scalar(
        sa.text(f"SELECT {counted} {its} AND at>=:a AND at<:b"), {**whole, "a": begin, "b": begin + width}
    )
    known = connection.scalar(
        sa.text(f"SELECT count FROM {coarser} WHERE farm_id=:f AND series_id=:s AND at=:a"),  # noqa: S608 - our names
        {**whole, "a": begin},
    )
    return int(begin + width if known is not None and known > here else begin)


def _make(name: str, *figures: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *figures,
        sa.PrimaryKeyConstraint("farm_id", "series_id", "at", name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _replace(name: str) -> None:
    op.drop_table(name)
    op.rename_table(f"{name}_new", name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {name} RENAME CONSTRAINT pk_{name}_new TO pk_{name}")


def _copy(connection: Connection, name: str, rows: Iterator[dict[str, object]]) -> None:
    some: list[dict[str, object]] = []
    for row in rows:
        some.append(row)
        if len(some) == 1000:
            _insert(connection, name, some)
            some = []
    _insert(connection, name, some)


def _insert(connection: Connection, name: str, rows: list[dict[str, object]]) -> None:
    if rows:
        names = ", ".join(rows[0])
        marks = ", ".join(f":{column}" for column in rows[0])
        connection.execute(sa.text(f"INSERT INTO {name} ({names}) VALUES ({marks})"), rows)  # noqa: S608 - our names


def _packed(connection: Connection, name: str, one: int, row: int) -> Iterator[dict[str, object]]:
    """Yield the rows of a day, or of eight days; quantiles were not kept, and are not made up."""
    for farm, series, rows in _by_series(connection, name, ", ".join(FIGURES)):
        packed: dict[int, bytes] = {}
        for at, count, low, mean, p95, high in rows:
            begin = at // row * row
            figures = PLACE.pack((at - begin) // one, IS_BLIND) + THREE.pack(low, mean, high) + BLIND.pack(count, p95)
            packed[begin] = packed.get(begin, b"") + figures
        for begin, data in packed.items():
            yield {"farm_id": farm, "series_id": series, "at": begin, "figures": data}


def _unpacked(connection: Connection, name: str, one: int) -> Iterator[dict[str, object]]:
    for farm, series, rows in _by_series(connection, name, "figures"):
        for begin, data in rows:
            for offset, *figures in _each(bytes(data)):
                told = dict(zip(FIGURES, figures, strict=True))
                yield {"farm_id": farm, "series_id": series, "at": begin + offset * one, **told}


def _by_series(connection: Connection, name: str, columns: str) -> Iterator[tuple[int, int, Sequence[Any]]]:
    """Yield farm, series and its rows: all of a table at once may be more than fits."""
    query = f"SELECT at, {columns} FROM {name} WHERE farm_id=:f AND series_id=:s ORDER BY at"  # noqa: S608 - our names
    for farm, series in connection.execute(sa.text("SELECT farm_id, id FROM series ORDER BY id")).all():
        yield farm, series, connection.execute(sa.text(query), {"f": farm, "s": series}).all()


def _each(data: bytes) -> Iterator[tuple[int, int, float, float, float, float]]:
    at = 0
    while at < len(data):
        offset, size = PLACE.unpack_from(data, at)
        at += PLACE.size
        if size == IS_SAME:
            value, count = SAME.unpack_from(data, at)
            at += SAME.size
            yield offset, count, value, value, value, value
            continue
        low, mean, high = THREE.unpack_from(data, at)
        at += THREE.size
        if size == IS_BLIND:
            count, p95 = BLIND.unpack_from(data, at)
            at += BLIND.size
        else:
            count, p95 = _counted(data[at : at + size])
            at += size
        yield offset, count, low, mean, high if math.isnan(p95) else min(max(p95, low), high), high


def _counted(data: bytes) -> tuple[int, float]:
    """Return of how many numbers a sketch is, and their 95th percentile."""
    count, seen, place = sum(data[3::2]), 0, int.from_bytes(data[:2], "little", signed=True)
    for way, here in zip(data[2::2], data[3::2], strict=True):
        place += way
        seen += here
        if seen > min(int(count * 0.95), count - 1):
            break
    size = 2 * math.exp((abs(place) - 1) * GROWTH + FIRST) / (1 + math.exp(GROWTH)) if place else 0.0
    return count, math.copysign(size, place) if place else 0.0
