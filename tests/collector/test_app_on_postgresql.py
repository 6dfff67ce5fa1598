"""The same collector on PostgreSQL: one line of its settings, nothing else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from farmsight_collector.cli.main import main
from farmsight_collector.config import Watching
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.rpc.questions import questions
from farmsight_wire.v1 import facts_pb2
from tests.fakes.agents import full, service
from tests.fakes.live_collector import Running, initialise, running


def adfssrv(state: facts_pb2.ServiceState.ValueType) -> facts_pb2.Fact:
    made = service("adfssrv", state=state)
    made.service.start = facts_pb2.SERVICE_START_AUTOMATIC
    return made


def on_postgresql(data: Path, url: str) -> Path:
    initialise(data)
    (data / "store.db").unlink()
    settings = data / "collector.toml"
    settings.write_text(f"database = {json.dumps(url)}\n{settings.read_text()}")
    return data


def asked(up: Running, capsys, *arguments: str) -> dict:
    main([*arguments, "--json", "--data", str(up.collector.config.data)])
    return json.loads(capsys.readouterr().out)


def test_an_agent_enrols_reports_and_its_fault_is_found_and_kept_in_postgresql(
    tmp_path: Path, postgres_url: str, capsys
) -> None:
    data = on_postgresql(tmp_path / "data", postgres_url)
    parts = {"judge": judge, "questions": questions, "watching": Watching(coalesce_ms=1)}
    with running(data, **parts) as up:
        identity = up.enrol("STS01", "adfs")
        with up.stream(identity) as stream:
            stream.hello()
            earlier = datetime.now(UTC) - timedelta(minutes=5)
            stream.report(full(1, adfssrv(facts_pb2.SERVICE_STATE_RUNNING), at=earlier))
            stream.report(full(2, adfssrv(facts_pb2.SERVICE_STATE_STOPPED)))
            stream.report(full(2, adfssrv(facts_pb2.SERVICE_STATE_RUNNING)))  # a replay, and a false one
            stream.until_durable(2)

        found = asked(up, capsys, "findings", "--code", "adfs.service-stopped")["findings"]
        history = asked(up, capsys, "history", "STS01", "--kind", "service")["intervals"]

    assert [finding["servers"] for finding in found] == [["STS01"]]
    assert [one["text"].split(",")[0] for one in history] == ["stopped", "running"]

    assert not (data / "store.db").exists()
    with running(data, **parts) as up, up.stream(identity) as stream:  # a restart forgets nothing
        assert stream.hello().durable_up_to == 2
