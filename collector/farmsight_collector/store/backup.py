"""A copy of a store that is in use: whole, and as of one instant."""

from pathlib import Path

from farmsight_collector.errors import InvalidRequestError, StoreError
from farmsight_collector.store.engine import Store


def _by_pg_dump(store: Store, to: Path) -> str:
    """Return what to type instead; the password is left to a .pgpass file."""
    url = store.url
    host = f" --host {url.query.get('host') or url.host}" if url.query.get("host") or url.host else ""
    user = f" --username {url.username}" if url.username else ""
    port = f" --port {url.port}" if url.port else ""
    return (
        "this store is a PostgreSQL database, which its own tools copy while it is in use, as of one instant:\n"
        f"  pg_dump --format custom --file {to}{host}{port}{user} {url.database}\n"
        "and put back into an empty database:\n"
        f"  pg_restore --exit-on-error --single-transaction{host}{port}{user} --dbname {url.database} {to}\n"
        "Keep ca.key, ca.crt and query-token of a data folder with it: without them every agent must be enrolled anew."
    )


def backup(store: Store, to: Path) -> int:
    """Write a copy of a SQLite store to a new file and return its size in bytes.

    Ingest goes on meanwhile. Raises InvalidRequestError for a file that is
    there and for other databases, StoreError when the copy can't be written.
    """
    if not store.is_sqlite:
        raise InvalidRequestError(_by_pg_dump(store, to))
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
