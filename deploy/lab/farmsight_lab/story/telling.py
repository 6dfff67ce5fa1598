"""Tells a story into a store: evidence of each instant, by the ingest that agents use, and what the rules said then."""

import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Connection

from farmsight_collector.correlate.judgement import judge
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.offline.filling import Filling
from farmsight_collector.offline.reading import Reported, Request, read
from farmsight_collector.store import agents, findings, samples
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_lab.captured.folder import farm_files, write
from farmsight_lab.captured.plan import Plan, Style
from farmsight_lab.farm.state import Farm
from farmsight_lab.names import FEDERATION_SERVICE, SERVERS
from farmsight_lab.pki.hierarchy import USERS, make
from farmsight_lab.story import measuring
from farmsight_lab.story.fetching import as_fetched
from farmsight_lab.story.story import Story

Progress = Callable[[int, int], None]
_DAY = timedelta(days=1)
_PLAN = Plan(form="script", style=Style(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of a story."""

    begin: datetime
    end: datetime
    reports: int
    opened: int
    closed: int
    users: Mapping[str, bytes]  # certificates in DER by name, to be traced


def tell(story: Story, store: Store, end: datetime, seed: int | None, progress: Progress) -> Told:
    """Fill the store with the story, so that it ends at `end`."""
    begin = end - _DAY * story.days
    with store.write() as connection:
        voices = {one.name: _voice(connection, one.name, one.role, begin, end) for one in SERVERS}
    made = make(begin, seed)
    into, pkis = Filling(store, voices), story.pki(made, begin)
    instants = story.instants(begin)
    reports = opened = closed = 0
    for number, (at, until) in enumerate(zip(instants, [*instants[1:], end], strict=True), 1):
        day = (at - begin) / _DAY
        pki = pkis[max(one for one in pkis if one <= day)]
        # CRLs are published once a day: between, the web servers have what they had.
        farm = story.scenario(day).farm(pki, at, published=begin + _DAY * int(day))
        for reported in _seen(farm):
            into.add(reported)
            reports += len(reported.reports)
        with store.write() as connection:
            view = farm_as_of(connection, FEDERATION_SERVICE, at)
            changes = findings.reconcile(connection, FEDERATION_SERVICE, judge(view), at)
            samples.add(connection, measuring.samples(view, voices, at, until, story.name))
            agents.mark_seen(connection, [_sign(one, until) for one in voices.values()])
        opened += sum(one.kind == "opened" for one in changes)
        closed += sum(one.kind == "closed" for one in changes)
        progress(number, len(instants))
    users = {name: made[f"user-{name}"].der for name in USERS}
    return Told(begin=begin, end=end, reports=reports, opened=opened, closed=closed, users=users)


def _voice(connection: Connection, name: str, role: str, begin: datetime, end: datetime) -> AgentRow:
    return agents.add_agent(
        connection,
        agent_id=str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{FEDERATION_SERVICE}.{begin:%Y%m%d%H%M}")),
        farm=FEDERATION_SERVICE,
        server=name,
        role=role,
        serial=f"{name}-{begin:%Y%m%d%H%M}",
        not_after=end + _DAY * 7,
        public_key_sha256=b"",
        at=begin - timedelta(hours=1),
    )


def _sign(voice: AgentRow, at: datetime) -> agents.Seen:
    return agents.Seen(agent_id=voice.id, at=at, version="story", platform="story", clock_offset_us=0)


def _seen(farm: Farm) -> Iterator[Reported]:
    """Yield what each server would have reported."""
    with tempfile.TemporaryDirectory(prefix="farmsight-story-") as folder:
        write(farm_files(farm, _PLAN), Path(folder), farm.now)
        for reported in read(Request(paths=(Path(folder),), roles={}, at=farm.now), now=farm.now).reports():
            yield as_fetched(reported, farm)
