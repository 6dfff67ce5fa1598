"""`farmsight lab story`: makes a collector's data folder that remembers a month."""

import argparse
import contextlib
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from farmsight_lab.scenario import ScenarioError
from farmsight_lab.story import story as stories

USERS = "users"
_EPILOG = """\
A data folder is made that a collector can serve at once, with the farm's past in it: facts, samples and findings,
as if agents had reported all the while. Nothing is started. Stories that come with the lab: month.
"""


def add_verb(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb; it sets `run`."""
    parser = subparsers.add_parser("story", help="make a collector that remembers a month", epilog=_EPILOG)
    parser.add_argument("--story", default="month", metavar="NAME|FILE", help="what happened (%(default)s)")
    parser.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="the collector's data folder, not there yet"
    )
    parser.add_argument("--until", type=_instant, metavar="TIME", help="when it ends (now)")
    parser.add_argument("--seed", type=int, metavar="N", help="makes keys the same each time")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the folder; raises ScenarioError. What was half made is removed."""
    # The other verbs need none of it.
    from farmsight_collector import folder  # noqa: PLC0415
    from farmsight_collector.clock import SystemClock  # noqa: PLC0415
    from farmsight_collector.config import Listen  # noqa: PLC0415
    from farmsight_collector.store.engine import open_store  # noqa: PLC0415
    from farmsight_lab.names import FEDERATION_SERVICE  # noqa: PLC0415
    from farmsight_lab.story.telling import tell  # noqa: PLC0415

    chosen, data = stories.load(arguments.story), arguments.to
    if data.exists() and any(data.iterdir()):
        raise ScenarioError(f"{data} holds something already; name a folder that is not there yet")
    listen = Listen(telemetry="127.0.0.1:0", enrolment="127.0.0.1:0", query="127.0.0.1:0")
    end: datetime = arguments.until or datetime.now(UTC).replace(second=0, microsecond=0)
    try:
        config = folder.initialise(data, listen, (), (FEDERATION_SERVICE,), SystemClock())
        store = open_store(config.database_url)
        with contextlib.closing(store):
            told = tell(chosen, store, end, arguments.seed, _progress)
        (data / USERS).mkdir()
        for name, der in told.users.items():
            (data / USERS / f"{name}.cer").write_bytes(der)
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        raise
    print(
        f"{told.reports} reports from {told.begin:%Y-%m-%d %H:%M}Z to {told.end:%Y-%m-%d %H:%M}Z; "
        f"{told.opened} findings opened, {told.closed} closed\n"
        f"users' certificates, to be traced: {data / USERS}\n"
        f"serve it: farmsight-collector serve --data {data}"
    )
    return 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rtelling: {done} of {total} instants", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
