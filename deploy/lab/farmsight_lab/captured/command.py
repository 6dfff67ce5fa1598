"""`farmsight lab evidence`: writes what an administrator would have gathered on the lab's farm."""

import argparse
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from farmsight_lab import scenario
from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.plan import WINDOWS, Encoding, Form, Plan, Style
from farmsight_lab.names import SERVER_NAMES

_ENCODINGS = ("utf-8", "utf-16", "oem", "ansi")
_EPILOG = """\
A folder for each server is written; --as may be repeated, e.g. --as WAP02=de:oem --as STS02=en:utf-16:2016.
With --at and --seed the same bytes are written each time.
"""


def add_verb(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb; it sets `run`."""
    parser = subparsers.add_parser("evidence", help="write captured outputs of the lab's farm", epilog=_EPILOG)
    parser.add_argument("--scenario", default="healthy", metavar="NAME|FILE", help="which faults (healthy: none)")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="where")
    parser.add_argument("--form", choices=("article", "script", "both"), default="both")
    parser.add_argument("--language", choices=tuple(LANGUAGES), default="en")
    parser.add_argument("--encoding", choices=_ENCODINGS, default="oem", help="of what commands print (%(default)s)")
    parser.add_argument("--windows", choices=tuple(WINDOWS), default="2022", help="(%(default)s)")
    parser.add_argument(
        "--as",
        dest="servers",
        action="append",
        default=[],
        metavar="SERVER=LANGUAGE[:ENCODING[:WINDOWS]]",
        help="for one server",
    )
    parser.add_argument("--user", choices=("alice", "bob"), default="alice", help="whose certificate was checked")
    parser.add_argument("--no-aia", action="store_true", help="the chain engine fetches no CA that the stores lack")
    parser.add_argument("--zip", dest="zipped", action="store_true", help="a zip for each server")
    parser.add_argument("--flat", action="store_true", help="all servers' files in one folder, or zip")
    parser.add_argument("--at", type=_instant, metavar="TIME", help="when it was gathered (now)")
    parser.add_argument("--seed", type=int, metavar="N", help="makes keys, and all that follows, the same each time")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the evidence; raises ScenarioError."""
    from farmsight_lab.captured.folder import farm_files, write  # noqa: PLC0415 - the other verbs need none of it
    from farmsight_lab.pki.hierarchy import make  # noqa: PLC0415

    at: datetime = arguments.at or datetime.now(UTC).replace(microsecond=0)
    chosen, plan = scenario.load(arguments.scenario), _plan(arguments)
    farm = chosen.farm(make(at, arguments.seed), at)
    files = farm_files(farm, plan)
    try:
        write(files, arguments.to, at, flat=arguments.flat, zipped=arguments.zipped)
    except OSError as error:
        raise scenario.ScenarioError(f"{error.filename}: {error.strerror}") from error
    count = sum(map(len, files.values()))
    print(f"{count} files of {len(files)} servers in {arguments.to}, scenario {chosen.name}", file=sys.stderr)
    return 0


def _plan(arguments: argparse.Namespace) -> Plan:
    style = Style(language=arguments.language, encoding=arguments.encoding, windows=arguments.windows)
    return Plan(
        form=cast("Form", arguments.form),
        style=style,
        styles=dict(_style(text, style) for text in arguments.servers),
        user=arguments.user,
        fetches_issuers=not arguments.no_aia,
    )


def _style(text: str, otherwise: Style) -> tuple[str, Style]:
    server, _, rest = text.partition("=")
    parts = [*rest.split(":"), "", ""][:3]
    given = [part or default for part, default in zip(parts, ("", otherwise.encoding, otherwise.windows), strict=True)]
    allowed: tuple[Collection[str], ...] = (SERVER_NAMES, LANGUAGES, _ENCODINGS, WINDOWS)
    for value, known in zip((server, *given), allowed, strict=True):
        if value not in known:
            raise scenario.ScenarioError(f"--as {text}: {value!r} is none of {', '.join(known)}")
    return server, Style(language=given[0], encoding=cast("Encoding", given[1]), windows=given[2])


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
