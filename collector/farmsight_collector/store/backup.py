"""A copy of a store that is in use: whole, and as of one instant."""

from pathlib import Path

from farmsight_collector.errors import InvalidRequestError, StoreError
from farmsight_collector.store.engine import Store


def backup(store: Store, to: Path) -> int:
    """Write a copy of a SQLite store to a new file and return its size in bytes.

    Ingest goes on meanwhile. Raises InvalidRequestError for a file that is
    there and for other databases, StoreError when the copy can't be written.
    """
    if not store.is_sqlite:
        raise InvalidRequestError("this store is a PostgreSQL database: use pg_dump, which copies it while in use")
    if to.exists():
        raise InvalidRequestError(f"{to} is there already; a copy never replaces a file")
    with store.read() as connection:
        connection.connection.rollback()  # VACUUM refuses to run within a transaction
        cursor = connection.connection.cursor()
        try:
            cursor.execute("VACUUM INTO ?", (str(to),))
        except Exception as error:
            to.unlink(missing_ok=True)
            raise StoreError(f"{to} can't be written: {error}") from error
        finally:
            cursor.close()
    to.chmod(0o600)
    return to.stat().st_size
