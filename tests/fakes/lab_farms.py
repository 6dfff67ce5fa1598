"""A collector that serves the lab's farm with a past: no agent runs, all went through the real ingest."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from farmsight_collector.config import Config, Watching
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.offline.reading import Request, read
from farmsight_collector.rpc.questions import questions
from farmsight_collector.store import agents, blobs
from farmsight_collector.store.engine import open_store
from farmsight_collector.web import composed
from farmsight_lab.captured.folder import farm_files, write
from farmsight_lab.captured.plan import Plan, Style
from farmsight_lab.names import FEDERATION_SERVICE
from farmsight_lab.pki.hierarchy import Pki, make
from farmsight_lab.scenario import parse
from farmsight_lab.story import story
from farmsight_lab.story.telling import tell
from tests.fakes import live_collector
from tests.fakes.live_collector import ANY, Running

FARM = FEDERATION_SERVICE
SEED = 7
# Two days; a route was lost for six hours on the first, and WAP02 lacks a CA to the end.
STORY = """
description = "A route that was lost for six hours, and a CA that is missing to the end."
days = 2
every_hours = 12

[[episodes]]
from = 0.25
until = 0.5
faults = [{ fault = "no-route", servers = ["WAP02"] }]

[[episodes]]
from = 1.75
faults = [{ fault = "certificate-missing", servers = ["WAP02"], store = "CA", certificate = "issuing-1" }]
"""
MISSING_CA = 'fault = "certificate-missing"\nservers = ["WAP02"]\nstore = "CA"\ncertificate = "issuing-1"'


@dataclass(eq=False)
class LabFarm:
    """A collector of one farm."""

    running: Running
    users: dict[str, bytes]  # certificates in DER
    began: datetime
    ended: datetime
    pki: Pki
    sequence: int = 10**6

    @property
    def web(self) -> str:
        """Return the page's address."""
        return self.running.addresses["web"]

    def session(self, role: str = "admin", name: str = "anna") -> dict[str, str]:
        """Sign somebody in; returns the cookie's name and value."""
        web = self.running.collector.web
        assert web is not None
        secret, _ = web.site.entrance.open(name=name, role=role, came_by="test", address="127.0.0.1")
        return {"name": web.site.cookie or f"farmsight-{self.web.rpartition(':')[2]}", "value": secret}

    def becomes(self, *faults: str) -> None:
        """Let every server report the lab's farm as it is now, with these faults (tables of a scenario)."""
        at = self.running.clock.now()
        rows = "\n".join(f"[[faults]]\n{fault}" for fault in faults)
        farm = parse(rows.encode(), "now").farm(self.pki, at)
        with tempfile.TemporaryDirectory(prefix="farmsight-lab-") as folder:
            write(farm_files(farm, Plan(form="script", style=Style(encoding="utf-8"))), Path(folder), at)
            for reported in read(Request(paths=(Path(folder),), roles={}, at=at), now=at).reports():
                self._take(reported.server, reported.reports, reported.blobs, at)
        self.running.loop.call_soon_threadsafe(self.running.collector.watcher.changed, FARM)

    def _take(self, server: str, reports, sent_blobs, at: datetime) -> None:
        with self.running.store.write() as connection:
            voice = next(one for one in agents.agents(connection, FARM) if one.server == server)
            for digest, data in sent_blobs.items():
                blobs.put(connection, digest, data, at)
            batch = []
            for report in reports:
                self.sequence += 1
                report.sequence = self.sequence
                batch.append(Incoming(agent=voice, epoch=2, report=report, at=at, received=at))
            apply_reports(connection, batch)

    def evaluated(self) -> int:
        """Return how often the farm was worked out by the watcher."""
        return self.running.counts()["evaluations"]

    def facts(self) -> int:
        """Return how many facts the farm has now."""
        with self.running.store.read() as connection:
            return sum(1 for _ in farm_as_of(connection, FARM, self.running.clock.now()).servers)


def told(data: Path, text: str = STORY) -> tuple[dict[str, bytes], datetime, datetime]:
    """Make a data folder that remembers a story up to now; returns the users' certificates and its span."""
    from farmsight_collector import folder
    from farmsight_collector.clock import SystemClock

    file = data.with_name("story.toml")
    file.write_text(text)
    config = folder.initialise(data, ANY, ("localhost",), (FARM,), SystemClock())
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=2)
    with contextlib.closing(open_store(config.database_url)) as store:
        happened = tell(story.load(str(file)), store, end, SEED, lambda _done, _total: None)
    return dict(happened.users), happened.begin, happened.end


@contextlib.contextmanager
def lab_farm(folder: Path, text: str = STORY, changed=lambda config: config) -> Iterator[LabFarm]:
    """Serve the lab's farm from a folder, with its past, while in the block."""
    data = folder / "collector"
    users, began, ended = told(data, text)

    def settings(config: Config) -> Config:
        return changed(replace(config, watching=Watching(every_s=600)))

    with live_collector.running(
        data, judge=judge, questions=questions, web=composed.web, changed=settings
    ) as collector:
        farm = LabFarm(collector, users, began, ended, make(began, SEED))
        deadline = time.monotonic() + 20
        while not farm.evaluated():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield farm
