"""`db copy`: from SQLite to PostgreSQL and back, verified."""

import sys
from pathlib import Path

from sqlalchemy.engine import make_url

from farmsight_collector import config as configuration
from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add, table
from farmsight_collector.cli.progress import Progress
from farmsight_collector.store.copy import Copied, copy
from farmsight_collector.store.engine import open_store

_MORE = """\
Stop serve first. The target must be empty; it gets everything, or nothing when the copy
is interrupted. Each table is read back and held against the source before it is kept.

  farmsight-collector db copy --to postgresql+psycopg://farmsight@db.contoso.com/farmsight
  farmsight-collector db copy --from file:/etc/farmsight/database-url --to sqlite:////var/lib/farmsight/store.db

A URL with a password is better kept in a file: file:PATH. Afterwards set `database` in
collector.toml and start serve.
"""


def register(verbs: Subparsers) -> None:
    """Add the verb."""
    parser = add(verbs, "copy", _copy, "copy the store into another database, and verify it", _MORE)
    parser.add_argument("--from", dest="source", metavar="URL", help="the store to copy (the data folder's)")
    parser.add_argument("--to", dest="target", required=True, metavar="URL", help="an empty database")


def _copy(call: Call) -> int:
    given = call.arguments
    source_url = _url("--from", given.source) if given.source else configuration.load(call.data).database_url
    target_url = _url("--to", given.target)
    made = _file_to_be_made(target_url)
    source = open_store(source_url, create=False)
    try:
        with Progress(sys.stderr) as progress:
            target = open_store(target_url)
            try:
                copied = copy(source, target, progress.step)
            finally:
                target.close()
    except BaseException:
        _remove(made)
        raise
    finally:
        source.close()
    _show(call, source_url, target_url, copied)
    return 0


def _url(option: str, text: str) -> str:
    problems: list[str] = []
    url = configuration.database_setting(text, problems)
    if problems:
        raise UsageError(f"{option}: {problems[0].removeprefix('database: ')}")
    return url


def _file_to_be_made(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if parsed.database in (None, "", ":memory:"):
        raise UsageError("--to: a store in memory is gone as soon as it is made; give sqlite:///FILE")
    file = Path(str(parsed.database))
    return None if file.exists() else file


def _remove(made: Path | None) -> None:
    """Leave no file behind that was not there before."""
    if made is not None:
        for name in (made.name, f"{made.name}-wal", f"{made.name}-shm"):
            made.with_name(name).unlink(missing_ok=True)


def _show(call: Call, source_url: str, target_url: str, copied: list[Copied]) -> None:
    source, target = (make_url(url).render_as_string(hide_password=True) for url in (source_url, target_url))
    rows = [[one.table, str(one.rows), one.digest[:32], "the same"] for one in copied]
    total = sum(one.rows for one in copied)
    call.show(
        "db-copy",
        {
            "from": source,
            "to": target,
            "verified": True,
            "tables": [{"table": one.table, "rows": one.rows, "digest": one.digest} for one in copied],
        },
        (
            f"{source}  ->  {target}",
            "",
            *table(("TABLE", "ROWS", "DIGEST OF CONTENT", "BOTH SIDES"), rows),
            "",
            f"{total} rows in {len(copied)} tables, read back and found the same.",
            "What is taken into the source from now on is not in the copy.",
            f"Next: set `database` in {call.data / configuration.FILE}, then farmsight-collector serve",
        ),
    )
