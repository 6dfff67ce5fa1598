"""The database: reachable, of this CA and schema, sound, with room for what it will hold, and pruned in time."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from farmsight_collector.clock import micros, moment
from farmsight_collector.config import Config
from farmsight_collector.doctor.step import FailedError, SkippedError, UnknownError, some
from farmsight_collector.errors import StoreError
from farmsight_collector.store import audit, ca, claims, revision, schema
from farmsight_collector.store.engine import Store, open_store
from farmsight_collector.store.size import size_bytes

LOOKS_FOR_S: Final = 60.0
LATE: Final = timedelta(days=2)  # pruning runs each hour
LEAST_ROOM: Final = 512 << 20
FULL_WITHIN_DAYS: Final = 30
BACKUP_EVERY: Final = timedelta(days=7)
_BACKUP: Final = "collector.backup"


def opened(config: Config) -> tuple[Store, str]:
    """Return the store as it is, not migrated, and what it is."""
    try:
        store = open_store(config.database_url, create=False, upgrade=False)
        with store.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except StoreError as error:
        remedy = "see that the database runs, and that database in collector.toml leads to it"
        raise FailedError(f"{_shown(config)} can't be reached: {error}", remedy) from error
    return store, f"{_shown(config)} answers"


def _shown(config: Config) -> str:
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - a name only

    return make_url(config.database_url).render_as_string(hide_password=True)


def schema_of(store: Store, *, running: bool) -> str:
    """See that the schema is this version's."""
    with store.read() as connection:
        found = revision.of(connection)
    newest = revision.newest()
    if found == newest:
        return f"schema {found}, this version's"
    if found and found not in revision.known():
        raise FailedError(
            f"the schema {found} is of a newer version than this, which knows up to {newest}",
            "install the version that wrote it, or restore the backup from before the upgrade",
        )
    if running:
        raise FailedError(f"the schema is {found or 'none'}, this version's is {newest}", "restart the collector")
    raise SkippedError(f"schema {found or 'none'}; serve brings it to {newest} when it starts: make a backup first")


def of_this_ca(store: Store, fingerprint: bytes) -> str:
    """See that agents which report to this database trust this CA."""
    with store.read() as connection:
        known = ca.known(connection)
    if known is None:
        return "no collector has served from it yet"
    if known != fingerprint:
        raise FailedError(
            f"the database is of the CA with SHA-256 {known.hex()[:16]}..., the folder has another",
            "take ca.key, ca.crt and query-token of a folder of those collectors, or: farmsight-collector db accept-ca",
        )
    return "the database is of this CA"


def sound(store: Store) -> str:
    """Let SQLite check its file, for a minute at most; PostgreSQL says whether it checks its own."""
    if not store.is_sqlite:
        with store.read() as connection:
            told = connection.exec_driver_sql("SHOW data_checksums").scalar()
        raise SkippedError(f"PostgreSQL reads its own pages; data_checksums is {told}")
    began = time.monotonic()
    try:
        with store.read() as connection, _interrupted(connection.connection.dbapi_connection, began + LOOKS_FOR_S):
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except (StoreError, DBAPIError) as error:
        if "interrupted" in str(error):
            raise UnknownError(f"the check takes longer than {LOOKS_FOR_S:.0f} s: the store is large") from error
        found = str(error)
    if found != "ok":
        raise FailedError(f"the store is damaged: {found}", "stop the collector, and restore the newest backup")
    return f"quick_check finds no fault, in {time.monotonic() - began:.1f} s"


@contextmanager
def _interrupted(connection: object, deadline: float) -> Iterator[None]:
    setter = connection.set_progress_handler  # type: ignore[attr-defined] # of sqlite3
    setter(lambda: int(time.monotonic() > deadline), 100_000)
    try:
        yield
    finally:
        setter(None, 0)


def room(store: Store, config: Config, now: datetime) -> str:
    """See that what the store grows to within its retention has room on its disk."""
    size = size_bytes(store)
    with store.read() as connection:
        first = connection.scalar(select(func.min(schema.agents.c.enrolled)))
    days = 0.0 if first is None else (now - moment(first)) / timedelta(days=1)
    a_day = size / days if days >= 1 else None
    grows = f"{_mib(a_day)} a day so far" if a_day else "growth not known: it is younger than a day"
    if not store.is_sqlite:
        raise SkippedError(f"{_mib(size)}, {grows}; what room PostgreSQL has, its own machine knows")
    folder = Path(str(store.engine.url.database)).absolute().parent
    free = shutil.disk_usage(folder).free
    says = f"{_mib(size)}, {grows}; {_mib(free)} free"
    remedy = f"give {folder} a larger disk, or keep less: [retention] in collector.toml (docs/sizing.md)"
    if free < LEAST_ROOM:
        raise FailedError(says, remedy)
    if a_day and free / a_day < FULL_WITHIN_DAYS:
        raise FailedError(f"{says}: full in {free / a_day:.0f} days", remedy)
    ahead = (a_day or 0.0) * max(0.0, config.retention.facts_days - days)
    if ahead > free:
        raise FailedError(f"{says}: {_mib(ahead)} more come before the oldest goes", remedy)
    return says


def pruned(store: Store, config: Config, now: datetime) -> str:
    """See that what is too old goes: the last table of a round, and raw samples."""
    keep = config.retention.retention
    with store.read() as connection:
        oldest = connection.scalar(select(func.min(schema.audit.c.at)))
        since = schema.series.c.samples_from
        stuck = select(func.count()).where(since > 0, since < micros(now - keep.samples - LATE))
        behind = int(connection.scalar(stuck) or 0)
    late = oldest is not None and moment(oldest) < now - keep.audit - LATE
    if late or behind:
        what = f"samples of {behind} series" if behind else f"records of {moment(oldest or 0):%Y-%m-%d}"
        remedy = "does the collector run? Try: farmsight-collector db prune, and see what it says"
        raise FailedError(f"{what} are older than they are kept", remedy)
    return f"nothing is older than it is kept: facts {keep.facts.days} days, samples {keep.samples.days}"


def replicas(store: Store) -> str:
    """See that who lives among replicas has claimed every farm, all of one version."""
    if store.is_sqlite:
        raise SkippedError("one collector on its own SQLite file")
    with store.read() as connection:
        living, held = claims.living(connection), claims.claims(connection)
    alive = {one.id for one in living}
    orphans = [name for name, claim in held.items() if name.startswith("farm:") and claim.holder not in alive]
    shown = some(f"{one.name} ({one.version})" for one in living) or "no collector lives on this database"
    if orphans:
        remedy = "start a collector; a running one takes a farm within a few seconds: see its log"
        raise FailedError(f"{shown}; nobody has {some(one.removeprefix('farm:') for one in orphans)}", remedy)
    if len({one.version for one in living}) > 1:
        raise FailedError(f"replicas of different versions: {shown}", "upgrade the others, too")
    return shown


def backed_up(store: Store, now: datetime) -> str:
    """Tell when the last backup was made by this program."""
    with store.read() as connection:
        found = audit.matching(connection, action=_BACKUP, limit=1)
    hint = "farmsight-collector backup --to FOLDER --keep 14, each night by a timer"
    if not found:
        raise UnknownError("none was made by farmsight-collector backup; of others nothing is noted here", hint)
    says = f"the last one was made {found[0].at:%Y-%m-%d %H:%M} UTC: {found[0].target}"
    if now - found[0].at > BACKUP_EVERY:
        raise FailedError(says, hint)
    return says


def _mib(size: float | None) -> str:
    return f"{(size or 0) / (1 << 20):.1f} MiB"
