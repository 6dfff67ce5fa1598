"""Every question of `farmsight`, asked over real gRPC of a collector that a real agent stream feeds."""

import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from farmsight_collector import folder
from farmsight_collector.cli.main import main
from farmsight_collector.config import Watching
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.rpc.questions import questions
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from tests.fakes.agents import Identity, full, service
from tests.fakes.live_collector import FARM, Running, initialise, running

STOPPED = facts_pb2.SERVICE_STATE_STOPPED
AUTOMATIC = facts_pb2.SERVICE_START_AUTOMATIC


def adfssrv(state: facts_pb2.ServiceState.ValueType = facts_pb2.SERVICE_STATE_RUNNING) -> facts_pb2.Fact:
    made = service("adfssrv", state=state)
    made.service.start = AUTOMATIC
    return made


def measured(report: telemetry_pb2.ProbeReport, *milliseconds: float) -> telemetry_pb2.ProbeReport:
    for number, value in enumerate(milliseconds):
        sample = report.samples.add(series="probe-duration-ms", key="services", value=value)
        sample.at.FromDatetime(datetime.now(UTC) - timedelta(seconds=number))
    return report


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Identity]]:
    """STS01 whose adfssrv ran, then stopped; STS02 whose adfssrv runs."""
    data = tmp_path_factory.mktemp("collector") / "data"
    with running(data, judge=judge, questions=questions, watching=Watching(coalesce_ms=1)) as up:
        with up.stream(up.enrol("STS02", "adfs")) as well:
            well.hello()
            well.report(full(1, adfssrv()))
            well.until_durable(1)
        identity = up.enrol("STS01", "adfs")
        with up.stream(identity) as ill:
            ill.hello()
            ill.report(measured(full(1, adfssrv(), at=datetime.now(UTC) - timedelta(minutes=5)), 3.0, 5.0))
            ill.report(full(2, adfssrv(STOPPED), at=datetime.now(UTC) - timedelta(minutes=1)))
            ill.until_durable(2)
        yield up, identity


def ask(farm: tuple[Running, Identity], *arguments: str) -> tuple[int, str, str]:
    data = str(farm[0].collector.config.data)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*arguments, "--data", data])
    return code, out.getvalue(), err.getvalue()


def told(farm: tuple[Running, Identity], *arguments: str) -> dict:
    code, out, err = ask(farm, *arguments, "--json")
    assert not err, err
    assert code in (0, 1)
    return json.loads(out)


def test_status_names_the_fault_and_the_servers(farm: tuple[Running, Identity]) -> None:
    status = told(farm, "status")["farms"][0]

    assert status["farm"] == FARM
    assert {server["name"] for server in status["servers"]} == {"STS01", "STS02"}
    assert status["findings"]["critical"] >= 1
    assert "STS01" in ask(farm, "status", "--probes")[1]
    probes = told(farm, "status", "--probes")["farms"][0]["servers"][0]["probes"]
    runs = {run["probe"]: run["outcome"] for run in probes}
    assert runs["services"] == "observed"
    assert "probes" not in status["servers"][0]


def test_findings_fail_the_command_and_name_the_server(farm: tuple[Running, Identity]) -> None:
    code, out, _ = ask(farm, "findings", "-v")
    document = told(farm, "findings", "--code", "adfs.service-stopped")

    assert code == 1
    assert "adfs.service-stopped" in out
    assert document["schema"] == "farmsight.findings/1"
    assert [finding["servers"] for finding in document["findings"]] == [["STS01"]]
    assert document["findings"][0]["evidence"][0]["kind"] == "service"
    assert document["findings"][0]["remedy"][0]["command"]
    assert ask(farm, "findings", "--fail-on", "never")[0] == 0
    assert ask(farm, "findings", "--server", "STS02", "--severity", "critical")[0] == 0


def test_before_it_stopped_nothing_was_found(farm: tuple[Running, Identity]) -> None:
    document = told(farm, "findings", "--at", "3m")

    assert not [one for one in document["findings"] if one["code"] == "adfs.service-stopped"]


def test_before_anything_was_known_nothing_is_claimed(farm: tuple[Running, Identity]) -> None:
    document = told(farm, "findings", "--at", "1999-01-01T00:00Z")

    assert document["findings"] == []
    assert "no server" in told(farm, "status", "--at", "1999-01-01T00:00Z")["farms"][0]["verdict"]


def test_topology_draws_both_nodes_in_four_forms(farm: tuple[Running, Identity]) -> None:
    assert {"server:STS01", "server:STS02"} <= {node["id"] for node in told(farm, "topology")["nodes"]}
    assert "STS01 (adfs)" in ask(farm, "topology")[1]
    assert ask(farm, "topology", "--format", "mermaid")[1].startswith("flowchart LR")
    assert ask(farm, "topology", "--format", "dot")[1].startswith("digraph farm")
    assert ">STS02<" in ask(farm, "topology", "--format", "svg")[1]


def test_compare_shows_the_service_that_differs(farm: tuple[Running, Identity]) -> None:
    facts = told(farm, "compare", "--role", "adfs")["facts"]

    assert [(fact["kind"], fact["key"]) for fact in facts] == [("service", "adfssrv")]
    assert [(fact["expectation"], fact["severity"]) for fact in facts] == [("equal", "error")]
    assert "not running on" in facts[0]["meaning"]
    assert "not running on" in ask(farm, "compare", "--role", "adfs")[1]
    assert "stopped" in ask(farm, "compare", "--role", "adfs")[1]


def test_history_holds_both_intervals(farm: tuple[Running, Identity]) -> None:
    intervals = told(farm, "history", "STS01", "--kind", "service", "--from", "1h")["intervals"]

    assert [one["text"].split(",")[0] for one in intervals] == ["stopped", "running"]
    assert intervals[0]["ended"] is None
    assert intervals[1]["ended"] == intervals[0]["began"]
    assert intervals[0]["value"]["state"] == "SERVICE_STATE_STOPPED"
    assert "still so" in ask(farm, "history", "--key", "adfssrv")[1]


def test_diff_says_what_ended_what_began_and_what_opened(farm: tuple[Running, Identity]) -> None:
    changed = told(farm, "diff", "3m")

    assert [one["text"].split(",")[0] for one in changed["ended"]] == ["running"]
    began = {one["server"]: one["text"].split(",")[0] for one in changed["began"]}
    assert began == {"STS01": "stopped", "STS02": "running"}  # STS02 was not heard of before
    assert "adfs.service-stopped" in [one["code"] for one in changed["opened"]]


def test_trend_draws_the_samples(farm: tuple[Running, Identity]) -> None:
    lines = told(farm, "trend", "probe-duration-ms", "--from", "1h", "--points", "6")["lines"]
    counted = [point["count"] for point in lines[0]["points"]]

    assert sum(counted) == 2
    assert counted.count(0) == 5  # gaps are gaps
    assert "STS01" in ask(farm, "trend", "probe-duration-ms")[1]


def test_export_streams_facts_and_findings(farm: tuple[Running, Identity]) -> None:
    rows = [json.loads(line) for line in ask(farm, "export", "facts")[1].splitlines()]
    table = ask(farm, "export", "findings", "--format", "csv")[1].splitlines()

    assert {row["server"] for row in rows} == {"STS01", "STS02"}
    assert table[0].startswith("id,code,severity")
    assert any("adfs.service-stopped" in line for line in table)


def test_facts_of_one_server_and_kind_are_exported_without_those_of_others(farm: tuple[Running, Identity]) -> None:
    rows = [json.loads(line) for line in ask(farm, "export", "facts", "--server", "STS02")[1].splitlines()]
    kinds = {row["kind"] for row in rows}
    some = [json.loads(line) for line in ask(farm, "export", "facts", "--kind", min(kinds))[1].splitlines()]

    assert {row["server"] for row in rows} == {"STS02"}
    assert {row["kind"] for row in some} == {min(kinds)}
    assert ask(farm, "export", "facts", "--server", "STS02", "--key", "no such key")[1].strip() == ""


def test_explain_needs_no_collector(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "crl.expired"]) == 0
    assert "remedy" in capsys.readouterr().out
    assert main(["explain", "no.such"]) == 2


def test_watch_tells_of_a_change_within_a_second(
    farm: tuple[Running, Identity], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    data = str(farm[0].collector.config.data)
    monkeypatch.setattr(sys, "stdout", out)
    threading.Thread(target=main, args=(["watch", "--json", "--data", data],), daemon=True).start()
    _until(lambda: '"synced"' in out.getvalue())

    began = time.monotonic()
    with farm[0].stream(farm[1]) as well_again:
        well_again.hello()
        well_again.report(full(3, adfssrv()))
        well_again.until_durable(3)
        _until(lambda: '"closed"' in out.getvalue())

    assert time.monotonic() - began < 5  # a bound against hanging; the figure itself is the benchmark's
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert ("closed", "adfs.service-stopped") in [(e["event"], (e["finding"] or {}).get("code")) for e in events]


def _until(holds: object) -> None:
    end = time.monotonic() + 20
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_wrong_token_a_stopped_collector_and_a_missing_folder_are_told_apart(
    farm: tuple[Running, Identity], tmp_path: Path
) -> None:
    wrong_token = ask(farm, "status", "--token", "not-the-token-at-all")
    nobody_there = ask(farm, "status", "--collector", "127.0.0.1:1")
    err = io.StringIO()
    with redirect_stderr(err):
        no_folder = main(["status", "--data", str(tmp_path / "nothing")])

    assert (wrong_token[0], nobody_there[0], no_folder) == (2, 2, 2)
    assert "token" in wrong_token[2]
    assert "does not answer" in nobody_there[2]
    assert "nothing" in err.getvalue()


def test_questions_that_make_no_sense_say_which_field(farm: tuple[Running, Identity]) -> None:
    assert "STS09" in ask(farm, "compare", "STS09")[2]
    assert "no farm" in ask(farm, "status", "--farm", "sts.fabrikam.com")[2]
    assert "instant" in ask(farm, "findings", "--at", "someday")[2]


def test_what_is_not_there_is_refused_instead_of_found_to_be_well(farm: tuple[Running, Identity]) -> None:
    """A misspelt server or code in somebody's monitoring must not read as "no findings"."""
    unknown_server = ask(farm, "findings", "--server", "STS07")
    unknown_code = ask(farm, "findings", "--code", "crl.exp")
    unknown_rule = ask(farm, "explain", "nope", "--json")

    assert (unknown_server[0], unknown_code[0], unknown_rule[0]) == (2, 2, 2)
    assert "STS01, STS02" in unknown_server[2]
    assert "'crl.exp'" in unknown_code[2]
    assert unknown_rule[1] == ""
    assert ask(farm, "findings", "--server", "sts01")[:2] == ask(farm, "findings", "--server", "STS01")[:2]


def test_what_answers_but_is_not_this_collector_is_said(farm: tuple[Running, Identity], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.crt"
    elsewhere.write_bytes((initialise(tmp_path / "data").data / "ca.crt").read_bytes())
    no_certificate = tmp_path / "no.crt"
    no_certificate.write_text("garbage")

    assert "not the collector of this CA" in ask(farm, "status", "--ca", str(elsewhere))[2]
    assert "no certificate in PEM" in ask(farm, "status", "--ca", str(no_certificate))[2]
    assert "query address" in ask(farm, "status", "--collector", farm[0].addresses["enrolment"])[2]
    assert "no token holds" in ask(farm, "status", "--token", "a\nb")[2]


@pytest.mark.parametrize(
    ("behind", "code", "says"),
    [("> /dev/full", 2, b"farmsight: cannot write the answer: No space left on device\n"), ("| true", 0, b"")],
)
def test_an_answer_that_nobody_can_take_is_no_traceback(behind: str, code: int, says: bytes) -> None:
    line = f"set -o pipefail; {sys.executable} -c 'from farmsight_collector.cli.entry import farmsight as run;"
    line += f" raise SystemExit(run())' explain {behind}"

    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (code, says)


def test_completion_is_printed_for_each_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    assert "farmsight" in capsys.readouterr().out


def test_the_query_token_is_readable_by_its_owner_alone(farm: tuple[Running, Identity]) -> None:
    token = farm[0].collector.config.data / folder.QUERY_TOKEN

    assert token.stat().st_mode & 0o077 == 0
