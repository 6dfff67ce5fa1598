"""How large the store is."""

from pathlib import Path

from sqlalchemy import func, select

from farmsight_collector.store.engine import Store


def size_bytes(store: Store) -> int:
    """Return the bytes on disk, with its log; of PostgreSQL what it says itself; 0 in memory. Raises StoreError."""
    if not store.is_sqlite:
        with store.read() as connection:
            return connection.scalar(select(func.pg_database_size(func.current_database()))) or 0
    file = store.engine.url.database
    parts = [Path(file), Path(f"{file}-wal")] if file and file != ":memory:" else []
    return sum(part.stat().st_size for part in parts if part.exists())
