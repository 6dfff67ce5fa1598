"""A farm that a collector watched for a while, and its web page as one person sees it: no socket, no browser."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import update

from farmsight_collector import folder
from farmsight_collector.alerts.recording import Recorder
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.clock import micros
from farmsight_collector.config import Config, Listen
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.identity import authority
from farmsight_collector.identity.people import Entrance
from farmsight_collector.ingest.bounds import CallRates
from farmsight_collector.metrics import Metrics
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.store import audit, findings, schema
from farmsight_collector.store.agents import AgentRow, Seen, mark_seen
from farmsight_collector.store.engine import Store, open_store
from farmsight_collector.store.findings import FindingChange
from farmsight_collector.web.addresses import names
from farmsight_collector.web.application import application
from farmsight_collector.web.evaluations import Evaluations
from farmsight_collector.web.page import Desk
from farmsight_collector.web.registry import ACTIONS, PAGES, PARTS
from farmsight_collector.web.site import Site
from farmsight_collector.web.threads import Threads
from farmsight_wire.v1 import facts_pb2 as pb
from tests.bench import reevaluation, worlds
from tests.bench.worlds import FARM, NOW
from tests.fakes import adfs_farms
from tests.fakes.pages import Element, read

COOKIE = "farmsight-session"
ISSUING = f"CA/{adfs_farms.sha1(adfs_farms.ISSUING)}"
MINUTE = timedelta(minutes=1)
_apply: Callable[..., None] = getattr(reevaluation, "apply", None) or reevaluation._apply


@dataclass
class SetClock:
    """A clock that a test sets."""

    at: Any = NOW

    def now(self) -> Any:
        return self.at

    def monotonic(self) -> float:
        return float(self.at.timestamp())


@dataclass
class WatchedFarm:
    """A farm in a data folder of its own: two AD FS nodes and two proxies, where no other servers are made."""

    data: Path
    made: list[worlds.Server] = field(default_factory=lambda: worlds.small(2, 2))
    clock: SetClock = field(default_factory=SetClock)
    revision: int = 0

    def __post_init__(self) -> None:
        folder.initialise(self.data, Listen(), ("collector.contoso.com",), (FARM,), self.clock)
        self.config = Config(data=self.data, names=("collector.contoso.com",), farms=(FARM,))
        self.store: Store = open_store(self.config.database_url)
        self.servers = {one.name: one for one in self.made}
        self.rows: dict[str, AgentRow] = reevaluation.fill(self.store, FARM, list(self.servers.values()), NOW)
        for row in self.rows.values():
            with self.store.write() as connection:
                note = {"actor": "127.0.0.1", "action": "agent.enrol", "target": row.id, "detail": row.server}
                audit.note(connection, at=NOW, **note)
        self.judge()

    def put(self, server: str, *facts: pb.Fact) -> None:
        """Let facts be so from now on."""
        one = self.servers[server]
        self.tell(server, dict.fromkeys(one.put(fact) for fact in facts))

    def drop(self, server: str, kind: str, key: str) -> pb.Fact:
        """Let a fact be gone from now on, and return it."""
        one = self.servers[server]
        for slot, state in one.slots.items():
            if (kind, key) in state:
                gone = state.pop((kind, key))
                self.tell(server, [slot])
                return gone
        raise AssertionError(f"{server} has no {kind} {key}; it has {[k for s in one.slots.values() for k in s]}")

    def tell(self, server: str, slots: Iterable[worlds.Slot]) -> None:
        """Report what slots hold, as of the clock, and judge."""
        with self.store.write() as connection:
            reports = list(self.servers[server].reports(list(slots), self.clock.at))
            _apply(connection, self.rows[server], reports, self.clock.at)
        self.judge()

    def judge(self) -> None:
        """Do what the watcher does after a change, five seconds later."""
        self.revision += 1
        at = self.clock.at + timedelta(seconds=5)
        with self.store.read() as connection:
            evaluation = judge(farm_as_of(connection, FARM, at))
        with self.store.write() as connection:
            findings.reconcile(connection, FARM, evaluation, at)

    def noted(self) -> "WatchedFarm":
        """Let alerts know what is open, as they do in the transaction that opens it."""
        with self.store.write() as connection:
            open_now = findings.findings_as_of(connection, FARM, self.clock.at)
            changes = [FindingChange(kind="opened", finding=row) for row in open_now]
            Recorder(Alerts()).changed(connection, FARM, changes, self.clock.at)
        return self

    def later(self, *, heard: bool = True, **span: float) -> None:
        """Let time pass, in which agents say that all is as it was, unless nothing is heard of them."""
        self.clock.at += timedelta(**span)
        if heard:
            until, newest = micros(self.clock.at), schema.coverage.c.ended == schema.OPEN
            with self.store.write() as connection:
                connection.execute(update(schema.coverage).where(newest).values(covered_until=until))
                seen = [Seen(agent_id=row.id, at=self.clock.at, version="1.2.3", platform="Windows Server 2022",
                             clock_offset_us=1_500_000) for row in self.rows.values()]  # fmt: skip
                mark_seen(connection, seen)

    def site(self) -> Site:
        """Return the parts that serve people."""
        entrance = Entrance(store=self.store, clock=self.clock, idle=timedelta(days=30), longest=timedelta(days=60))
        return Site(
            desk=Desk(store=self.store, clock=self.clock, config=self.config),
            evaluations=Evaluations(lambda _farm: self.revision, self.clock),
            entrance=entrance,
            live=None,  # type: ignore[arg-type] - nothing here listens to it
            watcher=Watcher(self.store, judge, self.clock, self.config.watching, Metrics()),
            threads=Threads(),
            rates=CallRates(60, self.clock.monotonic),
            names=names("http", (), ""),
            cookie=COOKIE,
            pages=PAGES,
            parts=PARTS,
            actions=ACTIONS,
        )


class Person:
    """Somebody who signed in with a role, and looks at pages."""

    def __init__(self, farm: WatchedFarm, role: str = "viewer") -> None:
        self.farm = farm
        site = farm.site()
        secret, _ = site.entrance.open(name=f"a {role}", role=role, came_by="test", address="127.0.0.1")
        self.application = application(site, [])
        self.cookies = {COOKIE: secret}
        self.status = 0
        self.text = ""
        self.location = ""

    def sees(self, path: str = "", status: int = 200) -> Element:
        """Return a page of the farm, or of the collector (a path that begins with a slash)."""
        whole = path if path.startswith("/") else f"/farms/{FARM}" + (f"/{path}" if path else "")
        answer = self._ask("GET", whole)
        self.text = answer.text
        assert answer.status_code == status, (whole, answer.status_code, words(read_page(self.text)))
        return read_page(self.text)

    def asks(self, path: str, status: int = 200) -> None:
        """Ask for a page without reading it."""
        answer = self._ask("GET", path)
        assert answer.status_code == status, answer.status_code
        self.text = answer.text

    def keeps(self, path: str) -> str:
        """Return a file that is given to be kept."""
        answer = self._ask("GET", path)
        assert answer.headers["content-disposition"].startswith("attachment"), answer.text
        return answer.text

    def does(self, path: str, status: int = 303, **fields: str) -> str:
        """Send a form of the page that was seen last; returns where it leads."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.text)
        given = {"csrf": csrf[1] if csrf else "", **fields}
        answer = self._ask("POST", path, data=given, headers={"origin": "http://localhost"})
        assert answer.status_code == status, (path, answer.status_code, words(read_page(answer.text)))
        self.text = answer.text or self.text
        self.location = answer.headers.get("location", "")
        return self.location

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            way = httpx.ASGITransport(app=self.application)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=way, base_url="http://localhost", cookies=self.cookies) as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())


def read_page(text: str) -> Element:
    """Return the page's root; a doctype and a policy of voids are known to the reader."""
    return read(text)


def words(page: Element) -> str:
    """Return the words of the view."""
    found = [one for one in page.all("main") if one.attributes.get("id") == "view"]
    return found[0].text if found else page.text


def links(page: Element) -> list[str]:
    """Return the addresses that a page leads to."""
    return [str(one.attributes["href"]) for one in page.all("a") if "href" in one.attributes]


def rows(page: Element, label: str) -> list[str]:
    """Return the rows of the table in a region, as words."""
    for region in page.all("div"):
        if region.attributes.get("aria-label") == label:
            return [row.text for body in region.all("tbody") for row in body.all("tr")]
    return []


def certificate_authority(farm: WatchedFarm) -> bytes:
    """Return the fingerprint of the collector's CA."""
    return authority.load(farm.data).fingerprint
