"""An agent that falls silent is known within 90 seconds; a collector that was away is told apart from it."""

from datetime import timedelta

import pytest

from farmsight_collector.alerts import operations
from farmsight_collector.clock import micros
from farmsight_collector.store import agents
from farmsight_collector.store.agents import Seen
from farmsight_collector.store.engine import Store
from tests.fakes.alert_farm import AlertFarm
from tests.fakes.farms import FARM, NOW


class Bed:
    """A farm with agents that check in every minute, until they do not."""

    def __init__(self, store: Store, tmp_path, *servers: str) -> None:
        self.farm = AlertFarm(store, tmp_path)
        self.talking = set(servers)
        with store.write() as connection:
            for number, name in enumerate(servers):
                agents.add_agent(
                    connection,
                    agent_id=f"agent-{name}",
                    farm=FARM,
                    server=name,
                    role="wap",
                    serial=str(number),
                    not_after=NOW + timedelta(days=7),
                    public_key_sha256=name.encode(),
                    at=NOW,
                )

    async def goes_on(self, seconds: int, *, collector: bool = True) -> None:
        for _ in range(seconds):
            self.farm.clock.go(1)
            now = self.farm.clock.now()
            if self.farm.clock.monotonic() % 60 == 0:
                signs = {agent: at for at, agent in self.farm.signs}
                signs |= {f"agent-{name}": micros(now) for name in self.talking}
                self.farm.signs = [(at, agent) for agent, at in signs.items() if collector]
            if collector:
                await self.farm.service.look()

    def events(self) -> list[str]:
        return [f"{row.event} {alert['subject']}" for row in self.farm.messages for alert in row.payload["alerts"]]


@pytest.fixture
def bed(store: Store, tmp_path) -> Bed:
    return Bed(store, tmp_path, "WAP01", "WAP02", "STS01")


async def test_silence_is_known_within_90_seconds_of_the_last_sign_and_its_end_at_once(bed: Bed) -> None:
    await bed.goes_on(300)
    assert bed.events() == []
    bed.talking.remove("WAP01")
    await bed.goes_on(89)
    assert bed.events() == ["agent-silent WAP01"]
    (alert,) = bed.farm.messages[0].payload["alerts"]
    assert alert["title"] == "The agent of WAP01 was last heard of 2026-11-23 10:05:00 UTC"
    assert alert["remedy"]["command"] == "farmsight-agent doctor"
    bed.talking.add("WAP01")
    await bed.goes_on(75)
    assert bed.events()[1:] == ["agent-back WAP01"]


async def test_a_collector_that_was_away_calls_nobody_silent_and_says_what_it_cannot_know(bed: Bed) -> None:
    await bed.goes_on(120)
    bed.talking.remove("WAP01")
    await bed.goes_on(600, collector=False)
    await bed.goes_on(75)
    assert bed.events() == [], "each agent gets the time to come back"
    await bed.goes_on(30)
    assert bed.events() == ["agent-silent WAP01"]
    reason = bed.farm.messages[0].payload["alerts"][0]["reason"]
    assert reason.startswith("no collector ran from 2026-11-23 10:01:58 to 10:12:01 UTC: when within this")


async def test_a_restart_of_the_collector_is_no_sign_of_an_agent(bed: Bed, tmp_path) -> None:
    await bed.goes_on(120)
    bed.talking.remove("WAP01")
    await bed.goes_on(120)
    await bed.goes_on(300, collector=False)
    await bed.goes_on(200)
    assert bed.events() == ["agent-silent WAP01"], "neither back nor silent once more"


async def test_many_at_once_are_one_message_that_says_so(store: Store, tmp_path) -> None:
    bed = Bed(store, tmp_path, *(f"WAP{number:02}" for number in range(10)))
    await bed.goes_on(120)
    bed.talking.clear()
    await bed.goes_on(100)
    (row,) = bed.farm.messages
    assert row.event == "digest"
    assert row.payload["summary"].startswith("10 agents silent at once: WAP00, WAP01")


async def test_an_agent_in_maintenance_is_told_only_when_it_is_silent_after_it(bed: Bed) -> None:
    now = bed.farm.clock.now()
    for server in ("WAP01", "WAP02"):
        operations.add_maintenance(
            bed.farm.store,
            FARM,
            servers=[server.lower()],
            begins=now,
            ends=now + timedelta(minutes=20),
            note="",
            actor="ana",
            now=now,
        )
    await bed.goes_on(120)
    bed.talking -= {"WAP01", "WAP02", "STS01"}
    await bed.goes_on(600)
    assert bed.events() == ["agent-silent STS01"]
    bed.talking.add("WAP02")
    await bed.goes_on(600)
    assert bed.events()[1:] == ["maintenance-ended WAP01"]


async def test_a_revoked_agent_is_closed_and_not_called_back(bed: Bed) -> None:
    await bed.goes_on(60)
    bed.talking.remove("WAP01")
    await bed.goes_on(120)
    with bed.farm.store.write() as connection:
        agents.revoke(connection, "agent-WAP01", bed.farm.clock.now())
    await bed.goes_on(10)
    assert bed.events() == ["agent-silent WAP01", "closed WAP01"]
    assert bed.farm.messages[1].payload["alerts"][0]["title"] == "The agent of WAP01 was revoked"


async def test_an_agent_that_checks_in_seldom_is_given_its_time(bed: Bed) -> None:
    with bed.farm.store.write() as connection:
        rare = Seen(agent_id="agent-WAP01", at=NOW, version="1", platform="", clock_offset_us=0, check_in_s=600)
        agents.mark_seen(connection, [rare])
    bed.talking.remove("WAP01")
    await bed.goes_on(600)
    assert bed.events() == []
    await bed.goes_on(30)
    assert bed.events() == ["agent-silent WAP01"]


async def test_two_collectors_tell_once(bed: Bed, tmp_path) -> None:
    await bed.goes_on(60)
    bed.talking.remove("WAP01")
    other = AlertFarm(bed.farm.store, tmp_path, clock=bed.farm.clock)
    for _ in range(100):
        await bed.goes_on(1)
        await other.service.look()
    assert bed.events() == ["agent-silent WAP01"]
