"""Opens a store, brings its schema up to date, and hands out transactions.

    store = open_store("sqlite:////var/lib/farmsight/store.db")
    with store.write() as connection: ...

A transaction of `write()` is durable when the block has ended: on SQLite each
commit waits for the disk (`synchronous=FULL`), because what is acknowledged
to an agent is dropped from its spool.
"""

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import StaticPool

from farmsight_collector.errors import StoreBusyError, StoreError, StoreFullError
from farmsight_collector.store import migrate

BUSY_TIMEOUT_MS: Final = 10_000
DISK_FULL_SQLSTATES: Final = frozenset({"53100"})  # PostgreSQL: disk_full
# PostgreSQL, appendix A: what passes by itself. Serialisation and deadlock, too many connections, the server is
# stopping or starting, a session that stood still within a transaction, a lock not had in time.
BUSY_SQLSTATES: Final = frozenset(
    {"40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03", "57P05"}
    | {"25P03", "08000", "08001", "08003", "08006"}
)
STANDS_STILL_MS: Final = 10_000  # a paused process keeps others from what it locked for no longer
SQLITE_FULL, SQLITE_IOERR, SQLITE_BUSY, SQLITE_LOCKED = 13, 10, 5, 6  # primary result codes
_BEGIN: Final = "farmsight_begin"
_PRAGMAS: Final = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "mmap_size=268435456",
    "journal_size_limit=67108864",
)
# For the transaction, not the session: behind a pooler sessions are shared.
_BOUND_STANDING_STILL: Final = f"SET LOCAL idle_in_transaction_session_timeout = {STANDS_STILL_MS}"
_SCRATCH_PRAGMAS: Final = ("journal_mode=TRUNCATE", "synchronous=OFF", "cache_size=-8192", "temp_store=FILE")


class Store:
    """A database; connections are used within `read()` and `write()` only."""

    def __init__(self, engine: Engine) -> None:
        """Stand on an engine whose schema is up to date."""
        self.engine = engine
        self.url = engine.url
        self.id = secrets.token_hex(6)  # tells what this process does from what others on the database do
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._in_memory = isinstance(engine.pool, StaticPool)
        self._writing = threading.RLock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one instant of the store throughout."""
        guard = self._writing if self._in_memory else nullcontext()
        with guard, _translated(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection; commits when the block ends, rolls back when it raises.

        One at a time on SQLite. Raises StoreFullError when there is no room
        on the disk, StoreBusyError when another process holds the store.
        """
        guard = self._writing if self.is_sqlite else nullcontext()
        with guard, _translated(), self.engine.connect() as connection:
            connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            with connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql(_BOUND_STANDING_STILL)
                yield connection

    def close(self) -> None:
        """Give up all connections; the last one of a SQLite file merges its log."""
        self.engine.dispose()


def beside(store: Store, url: str = "") -> Store:
    """Open one more connection to a PostgreSQL for what may not wait for others; `url` where it is another way there.

    Its id is that of the store: it is the same process that speaks.
    """
    parsed, arguments = server_arguments(make_url(url) if url else store.url)
    made = Store(sa.create_engine(parsed, pool_size=1, max_overflow=1, pool_pre_ping=True, connect_args=arguments))
    made.id = store.id
    return made


def open_store(url: str, *, create: bool = True, scratch: bool = False, upgrade: bool = True) -> Store:
    """Open a store by URL and, with `upgrade`, migrate it to the newest schema.

    `sqlite:///relative`, `sqlite:////absolute`, `sqlite://` (in memory), or
    `postgresql+psycopg://user:password@host/database`. With `create` False a
    SQLite file that is not there is an error. `sqlite://` with `scratch` lies
    in a file that has no name: it takes little memory, and nothing of it is
    left however the process ends. Raises StoreError.
    """
    parsed = make_url(url)
    engine = (
        _sqlite(parsed, create=create, scratch=scratch) if parsed.get_backend_name() == "sqlite" else _server(parsed)
    )
    store = Store(engine)
    store.url = parsed  # with what only we understand of it
    try:
        with _translated():
            if upgrade:
                migrate.upgrade(engine)
    except (StoreBusyError, StoreFullError):
        engine.dispose()
        raise
    except StoreError as error:
        engine.dispose()
        raise StoreError(f"the store {parsed.render_as_string(hide_password=True)}: {error}") from error
    except BaseException:
        engine.dispose()
        raise
    return store


def _server(url: URL) -> Engine:
    url, arguments = server_arguments(url)
    return sa.create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, connect_args=arguments)


def server_arguments(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return the URL and the driver's arguments of a connection to PostgreSQL.

    A connection that a cut network left open is noticed within half a minute.
    `?pooler=transaction` says that a pooler gives each transaction another
    session: then no statement is prepared on one.
    """
    arguments: dict[str, Any] = {
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
    if url.query.get("pooler") == "transaction":
        arguments["prepare_threshold"] = None
    given = {name: value for name, value in arguments.items() if name not in url.query}
    return url.difference_update_query(["pooler"]), given


def _sqlite(url: URL, *, create: bool, scratch: bool) -> Engine:
    if url.database in (None, "", ":memory:"):
        name = "" if scratch else ":memory:"  # without a name SQLite makes a file that only this connection has
        engine = sa.create_engine(
            url, poolclass=StaticPool, creator=lambda: sqlite3.connect(name, check_same_thread=False)
        )
    else:
        _make_private(Path(str(url.database)), create=create)
        engine = sa.create_engine(url, connect_args={"check_same_thread": False})
    pragmas = (*_PRAGMAS, *_SCRATCH_PRAGMAS) if scratch else _PRAGMAS
    event.listen(engine, "connect", lambda connection, _entry: _prepare_sqlite(connection, pragmas))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path, *, create: bool) -> None:
    """Make the file before SQLite does, readable by its owner alone."""
    if path.exists():
        return
    if not create:
        raise StoreError(f"there is no store at {path}")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"the store {path} cannot be made: {error.strerror}") from error


def _prepare_sqlite(connection: Any, pragmas: Sequence[str]) -> None:  # noqa: ANN401 - a driver's type
    connection.isolation_level = None  # the driver shall not begin transactions of its own
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _store_error(error) from error
    except PoolTimeoutError as error:  # the database answers none of those that ask already
        raise StoreBusyError(str(error)) from error


def _store_error(error: DBAPIError) -> StoreError:
    code = (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig)
    if code in (SQLITE_FULL, SQLITE_IOERR) or state in DISK_FULL_SQLSTATES:
        return StoreFullError(text)
    if code in (SQLITE_BUSY, SQLITE_LOCKED) or state in BUSY_SQLSTATES or error.connection_invalidated:
        return StoreBusyError(text)
    return StoreError(text)
