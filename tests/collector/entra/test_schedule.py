"""Tenants asked by a collector that serves: into the store, in rhythm, without ever dying of it."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from farmsight_collector.clock import SystemClock
from farmsight_collector.entra import recording, registration, voice
from farmsight_collector.entra.recording import Recorder
from farmsight_collector.entra.registration import Registration
from farmsight_collector.entra.run import Runner
from farmsight_collector.entra.schedule import Schedule
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.model.view import Farm, Knowledge, UnknownFactError
from farmsight_collector.store import agents, schema
from farmsight_collector.store.engine import Store
from tests.collector.entra.conftest import FARM, Register
from tests.fakes.graph_service import CLASSIC, GraphService, throttled


@pytest.fixture
def kept(store: Store) -> Store:
    """The store of a collector, of either kind."""
    return store


@pytest.fixture
def enrolled(register: Register, kept: Store) -> Registration:
    """A tenant that was added."""
    one = register()
    with kept.write() as connection:
        voice.enrol(connection, one, datetime.now(UTC))
    return one


@contextmanager
def scheduled(tmp_path: Path, store: Store, **changes: float) -> Iterator[list[str]]:
    """Run the schedule on a loop of its own; yields the farms that it said changed."""
    changed: list[str] = []
    made = Schedule(
        data=tmp_path / "data", store=store, clock=SystemClock(), changed=changed.append, look_s=0.05, **changes
    )
    loop = asyncio.new_event_loop()
    task: list[asyncio.Task[None]] = []

    def body() -> None:
        asyncio.set_event_loop(loop)
        task.append(loop.create_task(made.run()))
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task[0])

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        yield changed
    finally:
        began = time.monotonic()
        loop.call_soon_threadsafe(task[0].cancel)
        thread.join(5)
        assert time.monotonic() - began < 3
        assert not thread.is_alive()


def eventually(holds: Callable[[], object], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to be"
        time.sleep(0.05)


def farm(store: Store, at: datetime | None = None) -> Farm:
    with store.read() as connection:
        return farm_as_of(connection, FARM, at or datetime.now(UTC))


@pytest.mark.usefixtures("enrolled")
def test_what_the_tenant_answers_is_known_of_the_farm_and_stands_at_a_server_of_its_own(
    kept: Store, tmp_path: Path
) -> None:
    with scheduled(tmp_path, kept) as changed:
        eventually(lambda: changed)
    view = farm(kept)
    assert changed == [FARM]
    assert [(one.name, one.role) for one in view.servers] == [("entra:contoso", "tenant")]
    assert len(view.known("entra-authority")) == 3
    assert view.known("entra-certificate-policy")[0].fact.source == "graph"
    sha = view.known("entra-authority")[0].value.certificate.blob_sha256
    assert view.blob(sha) is not None


@pytest.mark.usefixtures("enrolled")
def test_what_is_denied_is_unknown_with_its_reason_and_the_rest_is_known(
    kept: Store, tmp_path: Path, service: GraphService
) -> None:
    service.consented.remove("Organization.Read.All")
    with scheduled(tmp_path, kept) as changed:
        eventually(lambda: changed)
    view = farm(kept)
    assert len(view.known("entra-domain")) == 2
    with pytest.raises(UnknownFactError, match=r"denied.*Organization\.Read\.All"):
        view.known("entra-authority")


def test_a_run_that_brings_nothing_new_costs_no_row(kept: Store, enrolled: Registration, tmp_path: Path) -> None:
    runner, recorder = Runner(tmp_path / "data", enrolled, SystemClock()), Recorder(kept)

    def rows() -> tuple[int, int]:
        with kept.read() as connection:
            counts = [
                connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in (schema.coverage, schema.facts)
            ]
        return counts[0], counts[1]

    assert recorder.record(enrolled, runner.run(), datetime.now(UTC)).changed
    first = rows()
    assert not recorder.record(enrolled, runner.run(), datetime.now(UTC)).changed
    assert rows() == first


def test_history_keeps_what_the_tenant_said_before(
    kept: Store, enrolled: Registration, tmp_path: Path, service: GraphService
) -> None:
    runner, recorder = Runner(tmp_path / "data", enrolled, SystemClock()), Recorder(kept)
    recorder.record(enrolled, runner.run(), datetime.now(UTC))
    before = datetime.now(UTC)
    service.federations["contoso.com"]["promptLoginBehavior"] = None
    recorder.record(enrolled, runner.run(), datetime.now(UTC))

    def prompt(at: datetime) -> int:
        held = {one.key: one for one in farm(kept, at).known("entra-domain")}
        return int(held["contoso.com"].value.prompt_login)

    assert prompt(before) != prompt(datetime.now(UTC))


def test_a_tenant_that_is_no_longer_asked_goes_stale(kept: Store, enrolled: Registration, tmp_path: Path) -> None:
    runner = Runner(tmp_path / "data", enrolled, SystemClock())
    Recorder(kept).record(enrolled, runner.run(), datetime.now(UTC))
    later = farm(kept, datetime.now(UTC) + timedelta(hours=2))
    assert later.servers[0].ask("entra-authority").knowledge is Knowledge.UNKNOWN


@pytest.mark.usefixtures("enrolled")
def test_a_restart_keeps_the_rhythm(kept: Store, tmp_path: Path, service: GraphService) -> None:
    with scheduled(tmp_path, kept) as changed:
        eventually(lambda: changed)
    asked = len(service.asked)
    with scheduled(tmp_path, kept):
        time.sleep(1.0)
    assert len(service.asked) == asked


@pytest.mark.usefixtures("enrolled")
def test_of_two_collectors_on_one_store_one_asks(kept: Store, tmp_path: Path, service: GraphService) -> None:
    with scheduled(tmp_path, kept) as first:
        eventually(lambda: first)
        with scheduled(tmp_path, kept) as second:
            time.sleep(1.0)
    assert second == []
    assert service.count(CLASSIC) == 1


def test_a_tenant_that_is_added_while_the_collector_runs_is_asked_and_one_that_goes_is_not(
    kept: Store, register: Register, tmp_path: Path, service: GraphService
) -> None:
    with scheduled(tmp_path, kept) as changed:
        time.sleep(0.3)
        one = register()
        with kept.write() as connection:
            voice.enrol(connection, one, datetime.now(UTC))
        eventually(lambda: changed)
        registration.remove(tmp_path / "data", one.name)
        time.sleep(0.3)
        asked = len(service.asked)
        time.sleep(0.5)
    assert len(service.asked) == asked
    assert not (tmp_path / "data" / "entra" / "contoso").exists()


def test_a_stop_in_the_middle_of_a_run_waits_for_nothing(
    kept: Store, enrolled: Registration, tmp_path: Path, service: GraphService
) -> None:
    service.fault(f"/v1.0{CLASSIC}", throttled("30"))
    with scheduled(tmp_path, kept):
        eventually(lambda: service.count(CLASSIC))
    assert voice.last_asked(kept, enrolled) is None  # nothing of that run is kept


@pytest.mark.usefixtures("enrolled")
def test_the_log_says_a_trouble_when_it_comes_and_when_it_goes(
    kept: Store,
    tmp_path: Path,
    service: GraphService,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("farmsight_collector.entra.schedule.Schedule._asked_elsewhere", _never)
    monkeypatch.setattr("farmsight_collector.entra.schedule.random.uniform", lambda _low, _high: 0.0)
    caplog.set_level(logging.WARNING, "farmsight_collector.entra.schedule")
    service.consented = set()

    def said(text: str) -> int:
        return sum(text in record.getMessage() for record in caplog.records)

    with scheduled(tmp_path, kept):
        eventually(lambda: service.count(CLASSIC) >= 3)
        service.consented = {"Organization.Read.All", "Domain.Read.All", "Policy.Read.All",
                             "PublicKeyInfrastructure.Read.All", "Directory.ReadWrite.All"}  # fmt: skip
        eventually(lambda: said("well again: authorities"))
    assert said("authorities: denied") == 1
    assert said("well again: authorities") == 1


def test_a_certificate_that_ends_soon_is_told(
    kept: Store, enrolled: Registration, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with scheduled(tmp_path, kept) as changed:  # the one that the tests make lives for thirty days
        eventually(lambda: changed)
        eventually(lambda: "certificate: ends on 20" in caplog.text)


async def _never(_self: Schedule, _one: Registration) -> bool:
    return False


def test_a_tenant_whose_voice_was_revoked_is_asked_no_more(
    kept: Store, enrolled: Registration, tmp_path: Path, service: GraphService, caplog: pytest.LogCaptureFixture
) -> None:
    with kept.write() as connection:
        agents.revoke(connection, enrolled.voice, datetime.now(UTC))
    with scheduled(tmp_path, kept):
        eventually(lambda: "was taken out of" in caplog.text)
        time.sleep(0.3)
    assert service.asked == []


def test_a_run_that_does_not_end_is_given_up_and_no_second_is_begun_beside_it(
    kept: Store, enrolled: Registration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[float] = []
    release = threading.Event()

    def hangs(_self: Runner) -> None:
        began.append(time.monotonic())
        release.wait(20)

    monkeypatch.setattr(Runner, "run", hangs)
    monkeypatch.setattr("farmsight_collector.entra.schedule.OVERRUN_S", 0.1)
    monkeypatch.setattr("farmsight_collector.entra.schedule.random.uniform", lambda _low, _high: 0.0)
    with scheduled(tmp_path, kept, run_s=0.1):
        time.sleep(1.0)
    release.set()
    assert len(began) == 1


def test_a_registration_that_can_not_be_read_is_told_and_others_are_asked(
    kept: Store, enrolled: Registration, tmp_path: Path, service: GraphService, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "data" / "entra" / "broken"
    broken.mkdir(mode=0o700)
    (broken / "registration.json").write_text("{")
    with scheduled(tmp_path, kept) as changed:
        eventually(lambda: changed)
    assert "broken" in caplog.text


def test_a_store_that_is_busy_is_tried_again(
    kept: Store, enrolled: Registration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [True]
    real = Recorder.record

    def busy(self: Recorder, *arguments: object) -> recording.Recorded:
        if failing.pop() if failing else False:
            raise voice.GoneError("busy")
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Recorder, "record", busy)
    monkeypatch.setattr("farmsight_collector.entra.schedule.random.uniform", lambda _low, _high: 0.0)
    with scheduled(tmp_path, kept) as changed:
        eventually(lambda: changed)


def test_no_agent_can_be_named_like_a_tenant(enrolled: Registration) -> None:
    from farmsight_collector.identity.names import is_host_name

    assert not is_host_name(enrolled.server)
    assert replace(enrolled, name="other").server == "entra:other"


@pytest.mark.usefixtures("enrolled")
def test_the_topology_shows_one_tenant_and_no_server_of_its_name(kept: Store, tmp_path: Path) -> None:
    from farmsight_collector.rules.engine import evaluate
    from farmsight_collector.topology.build import build

    with scheduled(tmp_path, kept) as changed:
        eventually(lambda: changed)
    view = farm(kept)
    nodes = build(view, evaluate(view, ())).nodes
    assert [one.label for one in nodes if one.kind == "tenant"] == ["Microsoft Entra ID"]
    assert not any(one.kind == "server" for one in nodes)
