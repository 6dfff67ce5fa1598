"""`backup` and `restore`: a collector in one file, and back."""

import sys
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add, instant
from farmsight_collector.store import audit

_ABOUT: dict[str, str] = {
    "backup": (
        "The file holds the CA's key, the tokens and the settings as they lie in the folder, and the store as\n"
        "of one instant. Whoever has it can pass for the collector: it is readable by its owner alone (mode\n"
        "0600), and not encrypted. Encrypt it on its way:\n\n"
        "  farmsight-collector backup --to - | age --recipients-file operators.pub > collector.age\n\n"
        "Of a PostgreSQL it takes a pg_dump, where that program is; --without-database keeps the folder alone,\n"
        "where the database has a backup of its own.\n\n"
        "  farmsight-collector backup --to /backup --keep 14     each night, by a timer"
    ),
    "restore": (
        "The backup is looked at whole before anything is in place. Agents find the collector by the names\n"
        "that they have, trust it by the CA that is in the backup, and go on; what they had reported since the\n"
        "backup was made is not known, and the history says so. A PostgreSQL must be empty.\n\n"
        "  farmsight-collector restore /backup/farmsight-backup-20261123T020000Z.tar.gz --data /var/lib/farmsight\n"
        "  age --decrypt --identity key.txt collector.age | farmsight-collector restore - --data DIR"
    ),
}


def register(verbs: Subparsers) -> None:
    """Add the verbs."""
    parser = add(verbs, "backup", _backup, "write the whole collector to one file, while it serves", _ABOUT["backup"])
    parser.add_argument("--to", required=True, metavar="FILE", help="a new file, a folder for one by date, or -")
    parser.add_argument("--keep", type=int, metavar="N", help="how many backups stay in that folder")
    parser.add_argument("--without-database", action="store_true", help="the folder alone")
    parser = add(verbs, "restore", _restore, "put a backup into a data folder", _ABOUT["restore"])
    parser.add_argument("file", metavar="FILE", help="what backup wrote, or -")
    parser.add_argument("--force", action="store_true", help="move what is in the folder aside, within it")


def _backup(call: Call) -> int:
    from farmsight_collector.backup import making  # noqa: PLC0415 - other verbs need none of it

    given = call.arguments
    if given.keep is not None and given.keep < 1:
        raise UsageError("--keep is at least 1: the backup that is made now")
    if given.to == making.STDOUT and (call.arguments.json or sys.stdout.isatty()):
        raise UsageError("--to - writes the backup itself to standard output: pipe it on, and without --json")
    opened = call.open()
    try:
        made = making.make(
            opened, given.to, call.clock.now(), keep=given.keep, with_database=not given.without_database
        )
        with opened.store.write() as connection:
            target, size = str(Path(made.file).absolute()) if made.bytes else made.file, f"{made.bytes} bytes"
            as_of = made.manifest.as_of
            audit.note(connection, at=as_of, actor=call.operator, action="collector.backup", target=target, detail=size)
    finally:
        opened.store.close()
    told = made.manifest
    at = f"{told.as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    lines = [
        f"{made.file}: {made.bytes} bytes, as of {at}, schema {told.schema_revision}, {told.agents} agents",
        "It holds the CA's key and is not encrypted: whoever has it can pass for the collector (mode 0600).",
        *(["The database is not in it: keep a backup of it, made after this one."] if told.database == "none" else []),
        *(f"not in it: {one}" for one in told.outside),
        *(f"removed: {one}" for one in made.removed),
    ]
    if made.file == making.STDOUT:
        print(*lines[1:], sep="\n", file=sys.stderr)
    else:
        call.show("backup", {"file": made.file, "bytes": made.bytes, "removed": made.removed, **_json(told)}, lines)
    return 0


def _json(told: Any) -> dict[str, Any]:  # noqa: ANN401 - a manifest
    return {**asdict(told), "as_of": instant(told.as_of)}


def _restore(call: Call) -> int:
    from farmsight_collector.backup import restoring  # noqa: PLC0415 - other verbs need none of it

    given = call.arguments
    done = restoring.restore(given.file, call.data, call.clock.now(), by=call.operator, force=given.force)
    told, settled = done.manifest, done.settled
    at = f"{told.as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    lines = [
        f"{call.data} is the collector as of {at}, made by version {told.version}.",
        *([f"What was there lies in {done.aside}: remove it when all is well."] if done.aside else []),
        *(f"not in the backup, see that it is here: {one}" for one in told.outside),
        "",
        *_to_do(call, settled),
    ]
    content = {
        "data": str(call.data.resolve()),
        "aside": None if done.aside is None else str(done.aside),
        "settled": None if settled is None else asdict(settled),
        **_json(told),
    }
    call.show("restored", content, lines)
    return 0


def _to_do(call: Call, settled: Any) -> list[str]:  # noqa: ANN401 - Settled, or None
    start = f"farmsight-collector serve --data {call.data}"
    if settled is None:
        return [
            "The database was not in the backup: put its own back first, of the same hour or later, then start:",
            f"  {start}",
        ]
    ended = f"{settled.join_tokens} join tokens, {settled.sign_ins} sign-in links and sessions"
    look = f"  farmsight-collector agent list --data {call.data}   {settled.agents} may come in: revoke again whom you"
    programs = f"  farmsight-collector web list --data {call.data}   the same of {settled.api_tokens} API tokens"
    return [
        f"Ended, for they may have been used since: {ended}.",
        "Next:",
        f"  {start}",
        f"{look} revoked since",
        *([programs] if settled.api_tokens else []),
        "Servers that were enrolled since must be enrolled again. The others come back by themselves, and say what is",
        "so now; what changed between the backup and then is shown as not known.",
    ]
