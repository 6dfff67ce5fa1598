"""A collector that was put back from a copy: agents of the real code come back, and what was lost is said to be."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farmsight_collector.cli.collector import main
from farmsight_collector.config import Listen
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.view import Coverage
from farmsight_collector.queries.changes import Wanted, log
from farmsight_collector.store import lost
from farmsight_collector.store.engine import open_store
from tests.fakes.agents import full, host
from tests.fakes.live_collector import Running, running
from tests.fakes.replicas import FARM, RUNNING, STOPPED, RealAgent, new_ports, until


@dataclass(eq=False)
class Bed:
    """One collector, one agent, and the folder that the collector serves from just now."""

    tmp_path: Path
    data: Path
    listen: Listen
    stack: ExitStack = field(default_factory=ExitStack)
    agent: RealAgent | None = None

    def start(self) -> Running:
        self.stack = ExitStack()
        on_ports = running(self.data, changed=lambda config: replace(config, listen=self.listen))
        return self.stack.enter_context(on_ports)

    def back_up(self) -> Path:
        file = self.tmp_path / "collector.tar.gz"
        assert main(["backup", "--data", str(self.data), "--to", str(file)]) == 0
        return file

    def burn_down(self) -> None:
        self.stack.close()
        shutil.rmtree(self.data)

    def restore(self, file: Path) -> None:
        self.data = self.tmp_path / "elsewhere"
        assert main(["restore", str(file), "--data", str(self.data)]) == 0
        self.start()

    def states(self, at: datetime | None = None) -> dict[str, Coverage]:
        """Return the last run of each probe as of an instant."""
        store = open_store(f"sqlite:///{self.data / 'store.db'}")
        try:
            with store.read() as connection:
                farm = farm_as_of(connection, FARM, at or datetime.now(UTC))
                return {one.probe: one for server in farm.servers for one in server.coverage}
        finally:
            store.close()

    def service(self) -> str:
        """Return the state of the AD FS service as the farm view has it now, "not known" where it has none."""
        store = open_store(f"sqlite:///{self.data / 'store.db'}")
        try:
            with store.read() as connection:
                (server,) = farm_as_of(connection, FARM, datetime.now(UTC)).servers
            answer = server.ask("service")
        finally:
            store.close()
        states = {RUNNING: "running", STOPPED: "stopped"}
        return (
            states[next(one for one in answer.facts if one.key == "adfssrv").fact.service.state]
            if answer.facts
            else f"not known: {answer.reason}"
        )

    def told(self) -> list[str]:
        store = open_store(f"sqlite:///{self.data / 'store.db'}")
        try:
            with store.read() as connection:
                wanted = Wanted(farm=FARM, begin=datetime(2000, 1, 1, tzinfo=UTC), end=datetime.now(UTC))
                return [change.text for change in log(connection, wanted).changes]
        finally:
            store.close()


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    ports = {name: f"127.0.0.1:{port}" for name, port in new_ports().items()}
    bed = Bed(tmp_path=tmp_path, data=tmp_path / "data", listen=Listen(**ports, web="off"))
    try:
        collector = bed.start()
        token = collector.token(role="adfs")
        bed.agent = RealAgent(tmp_path / "agent", "STS01", token, [collector.addresses])
        bed.agent.spool.record([full(0, host("STS01"), probe="host", at=datetime.now(UTC))])
        bed.agent.says(RUNNING)
        until(bed.agent.settled)
        yield bed
    finally:
        if bed.agent is not None:
            bed.agent.stop()
        bed.stack.close()


def agent_of(bed: Bed) -> RealAgent:
    assert bed.agent is not None
    return bed.agent


def said_not_known(bed: Bed) -> bool:
    return any("is not known" in text for text in bed.told())


def test_what_was_acknowledged_after_the_backup_is_told_anew_and_the_time_between_is_not_known(bed: Bed) -> None:
    agent, file = agent_of(bed), bed.back_up()
    lost_at = datetime.now(UTC)
    agent.says(STOPPED)  # acknowledged, dropped from the spool, and only in the store that burns down
    until(agent.settled)

    bed.burn_down()
    bed.restore(file)
    until(lambda: bed.service() == "stopped", 90)

    between, now = bed.states(lost_at), bed.states()
    assert between["services"].reason == lost.REASON
    assert between["services"].outcome == "unavailable", "nothing is claimed of the time that nobody remembers"
    assert {name: one.outcome for name, one in now.items()} == {"services": "observed", "host": "observed"}
    assert said_not_known(bed), "the history says so"
    until(lambda: bed.states(lost_at)["host"].outcome == "observed")  # the agent answers for what did not change


def test_a_state_that_went_and_came_back_meanwhile_is_not_said_to_have_lasted(bed: Bed) -> None:
    agent, file = agent_of(bed), bed.back_up()
    lost_at = datetime.now(UTC)
    agent.says(STOPPED)
    until(agent.settled)
    agent.says(RUNNING)
    until(agent.settled)

    bed.burn_down()
    bed.restore(file)
    until(lambda: said_not_known(bed), 90)
    until(lambda: bed.service() == "running")

    assert bed.states(lost_at)["services"].reason == lost.REASON


def test_an_agent_that_had_said_nothing_since_loses_nothing(bed: Bed) -> None:
    agent, file = agent_of(bed), bed.back_up()

    bed.burn_down()
    bed.restore(file)
    agent.says(STOPPED)
    until(lambda: bed.service() == "stopped", 90)

    assert bed.states()["host"].outcome == "observed"
    assert not said_not_known(bed)


def test_what_waits_in_the_spool_while_the_collector_is_away_arrives_after_the_restore(bed: Bed) -> None:
    agent, file = agent_of(bed), bed.back_up()
    agent.says(RUNNING, "acked-and-lost")
    until(agent.settled)
    bed.burn_down()
    agent.says(STOPPED, "kept-in-the-spool")
    assert not agent.settled()

    bed.restore(file)
    until(lambda: bed.service() == "stopped", 90)
    until(agent.settled)

    assert bed.states()["services"].outcome == "observed"
    assert said_not_known(bed)
