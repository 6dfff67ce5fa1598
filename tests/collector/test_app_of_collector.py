"""The running collector: ready when it answers, plain about what is in its way, watching its farms."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from farmsight_collector.config import Watching
from farmsight_collector.identity import authority
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rpc.server import PortError
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.rule import EVERY, Holds, Rule, Severity
from tests.fakes.agents import full, service
from tests.fakes.live_collector import FARM, running
from tests.fakes.serving import initialise, run, served


def stopped_services(farm: Farm, server: Server):
    for held in server.need("service"):
        if held.key.startswith("broken"):
            yield Holds(subject=held.key, servers=(server.name,), title="it is broken", evidence=(held,))


RULE = Rule(
    code="agent.broken",
    catalogue=("AGENT-01",),
    severity=Severity.ERROR,
    roles=EVERY,
    reads=("service",),
    what="a service is broken",
    why="because",
    remedy="mend it",
    source="this test",
    on_server=stopped_services,
)


def test_a_change_on_a_server_is_a_finding_that_watchers_see_within_a_second(tmp_path: Path) -> None:
    with running(tmp_path / "data", judge=lambda farm: evaluate(farm, (RULE,))) as collector:
        told: list[tuple[float, object]] = []

        async def watch() -> None:
            with collector.collector.watcher.subscribe(FARM) as changes:
                async for one in changes:
                    told.append((time.monotonic(), one))  # noqa: PERF401 - the time of each counts

        task = asyncio.run_coroutine_threadsafe(watch(), collector.loop)
        with collector.stream(collector.enrol("WAP01")) as stream:
            stream.hello()
            began = time.monotonic()
            stream.report(full(1, service("broken-1")))
            stream.until_durable(1)
            while not told and time.monotonic() < began + 10:
                time.sleep(0.01)
            at, opened = told[0]
            assert (opened.farm, opened.change.kind) == (FARM, "opened")
            assert opened.change.finding.payload["servers"] == ["WAP01"]
            assert at - began < 1.0
            stream.report(full(2, service("mended")))
            while len(told) < 2 and time.monotonic() < began + 10:
                time.sleep(0.01)
            assert told[1][1].change.kind == "closed"
        task.cancel()
        assert collector.counts()["finding_changes"] == 2


def test_time_alone_makes_a_farm_be_looked_at_again(tmp_path: Path) -> None:
    with running(tmp_path / "data", watching=Watching(every_s=1)) as collector:
        collector.enrol("WAP01")
        deadline = time.monotonic() + 10
        while collector.counts()["evaluations"] < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_rule_that_fails_altogether_ends_neither_watching_nor_ingest(tmp_path: Path) -> None:
    def broken(farm: Farm):
        raise RuntimeError("no verdict today")

    with (
        running(tmp_path / "data", judge=broken) as collector,
        collector.stream(collector.enrol("WAP01")) as stream,
    ):
        stream.hello()
        for sequence in (1, 2):
            stream.report(full(sequence, service(f"s{sequence}")))
            stream.until_durable(sequence)
            deadline = time.monotonic() + 5
            while collector.counts()["evaluation_failures"] < sequence:
                assert time.monotonic() < deadline
                time.sleep(0.02)


def test_what_is_counted_stands_in_the_data_folder(tmp_path: Path) -> None:
    with running(tmp_path / "data"):
        deadline = time.monotonic() + 5
        while not (tmp_path / "data" / "metrics.prom").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        text = (tmp_path / "data" / "metrics.prom").read_text()

    assert "farmsight_collector_forged_host_names_total 0" in text


def test_a_port_that_is_taken_is_named_with_the_way_out(tmp_path: Path) -> None:
    with running(tmp_path / "one") as first:
        folder = tmp_path / "two"
        initialise(
            folder, "--query", first.addresses["query"], "--telemetry", "127.0.0.1:0", "--enrolment", "127.0.0.1:0"
        )
        with pytest.raises(PortError, match=f"query: {first.addresses['query']}.*--query"), running(folder):
            pass


@pytest.mark.e2e
def test_serve_says_its_addresses_and_ends_with_2_when_a_port_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    initialise(folder)
    with served(folder) as up:
        assert json.loads((folder / "addresses.json").read_text()) == up.addresses
        assert (folder / "query-address").read_text().strip() == up.addresses["query"]
        ports = [f"--{name}={address.rpartition('//')[2]}" for name, address in up.addresses.items()]

        other = tmp_path / "other"
        initialise(other)
        again = run("serve", "--data", str(other), *ports)

        assert again.returncode == 2
        assert "--telemetry ADDRESS:PORT" in again.stderr
        assert "Traceback" not in again.stderr


@pytest.mark.e2e
def test_one_collector_serves_from_a_folder_and_a_second_one_says_so_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    initialise(folder)
    with served(folder):
        again = run("serve", "--data", str(folder))

        assert again.returncode == 2
        assert f"a collector serves from {folder} already; stop it" in again.stderr
        assert (folder / "query-address").exists(), "the one that runs is still found"


def test_the_server_certificate_renews_itself_at_half_its_life(tmp_path: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    ca = authority.create(tmp_path, at)
    now = [at]
    certificate = ServingCertificate(ca, tmp_path, ("a.contoso.com", "10.0.0.1"), 90, lambda: now[0])
    first = certificate.current()
    now[0] += timedelta(days=44)
    assert certificate.current() is first
    now[0] += timedelta(days=2)
    second = certificate.current()

    assert second is not first
    again = ServingCertificate(ca, tmp_path, ("a.contoso.com", "10.0.0.1"), 90, lambda: now[0])
    assert again.current().key_pem == second.key_pem, "a restart keeps it"
    other = ServingCertificate(ca, tmp_path, ("b.contoso.com",), 90, lambda: now[0])
    assert other.current().key_pem != second.key_pem, "other names need another"


def test_a_collector_whose_certificate_renews_while_it_serves_is_still_reached(tmp_path: Path) -> None:
    class Clock:
        ahead = timedelta(days=-50)  # so that what is given later is valid for the real clock of the client

        def now(self) -> datetime:
            return datetime.now(UTC) + self.ahead

        def monotonic(self) -> float:
            return time.monotonic()

    clock = Clock()
    with running(tmp_path / "data", clock=clock) as collector:
        collector.enrol("WAP01")
        before = (tmp_path / "data" / "server.crt").read_bytes()
        clock.ahead = timedelta()
        collector.enrol("WAP02")
        assert (tmp_path / "data" / "server.crt").read_bytes() != before


def test_a_certificate_that_runs_out_ends_the_open_stream(tmp_path: Path) -> None:
    import grpc

    with running(tmp_path / "data") as collector:
        identity = collector.enrol("WAP01")
        at = datetime.now(UTC) - timedelta(days=7) + timedelta(seconds=4)
        issued = collector.opened.authority.sign_agent(identity.key.public_key(), identity.agent_id, at, 7)
        from farmsight_wire.v1 import enrolment_pb2
        from tests.fakes.agents import chain_pem

        short = replace(identity, chain_pem=chain_pem(enrolment_pb2.Identity(chain_der=issued.chain_der)))
        with collector.stream(short) as stream:
            stream.hello()
            assert stream.end() is grpc.StatusCode.UNAUTHENTICATED
            assert "run out" in stream.call.details()
