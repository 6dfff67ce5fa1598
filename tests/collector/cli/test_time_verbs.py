"""Questions about time, asked over real gRPC of a collector that remembers: the exact words that people see."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path

import pytest

from farmsight_collector.cli.main import main
from farmsight_collector.correlate.causes import fold
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.rpc.questions import questions
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.store.findings import reconcile
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.agents import service
from tests.fakes.incoming import START, enrolled
from tests.fakes.live_collector import Running, running
from tests.fakes.past import AS, DAY, HOUR, KEY, URL, Past, crl, durations, fetched, weekly

STOPPED = f.SERVICE_STATE_STOPPED
BEGAN = START - 90 * DAY
LAST = BEGAN + 70 * DAY + timedelta(hours=2.4 * 55)  # when the eleventh CRL came
NOW = LAST + 2 * DAY
BROKE = LAST + DAY
THUMBPRINT = "ab" * 20


def adfssrv(state: f.ServiceState.ValueType = f.SERVICE_STATE_RUNNING) -> f.Fact:
    made = service("adfssrv", state=state)
    made.service.start = f.SERVICE_START_AUTOMATIC
    return made


def binding(sha1: str) -> f.Fact:
    return f.Fact(key="0.0.0.0:443", tls_binding=f.TlsBinding(binding="0.0.0.0:443", certificate_sha1=sha1))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """WAP01 and WAP02 fetch a CRL that grows and comes ever later; STS01's adfssrv ran, stopped, and runs again."""
    with running(tmp_path_factory.mktemp("collector") / "data", questions=questions) as up:
        for name in ("WAP01", "WAP02"):
            past = Past(up.store, enrolled(up.store, server=name))
            weekly(past, BEGAN, 11, later_by=2.4 * HOUR, grows=2_500_000)
        failing = fetched(crl(11, LAST, 8 * DAY), 1, f.RETRIEVAL_OUTCOME_TIMED_OUT)
        past.told(BROKE, "retrievals", failing, context=AS, until=NOW + DAY)
        durations(past, LAST - 40 * DAY, 42, slower_by=150)
        sts = Past(up.store, enrolled(up.store, server="STS01", role="adfs"))
        sts.told(BEGAN, "services", adfssrv(), until=NOW + DAY)
        sts.told(BROKE, "services", adfssrv(STOPPED), until=NOW + DAY)
        judge(up, BROKE)
        sts.told(BROKE + HOUR, "services", adfssrv(), until=NOW + DAY)
        judge(up, BROKE + HOUR)
        yield up


def judge(up: Running, at) -> None:
    with up.store.write() as connection:
        evaluation = fold(evaluate(farm_as_of(connection, "sts.contoso.com", at), RULES))
        reconcile(connection, "sts.contoso.com", evaluation, at)


def ask(up: Running, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*arguments, "--data", str(up.collector.config.data)])
    return code, out.getvalue(), err.getvalue()


def document(up: Running, *arguments: str) -> dict:
    code, out, err = ask(up, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


AT = ("--at", NOW.isoformat())


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_a_forecast_reads_as_a_sentence_with_its_spread_and_its_reasons(told: Running) -> None:
    out = " ".join(ask(told, "forecast", *AT)[1].split())

    assert f"WAP02 (network-service) works until {LAST + 8 * DAY:%Y-%m-%d %H:%M}Z, from its cache" in out
    assert "the URL fails there: timed out" in out
    assert "crl-size" in out
    assert "beyond 105 MB about" in out
    assert "after this one ends" in out
    assert "median of the slopes between" in out
    assert {one["of"] for one in document(told, "forecast", *AT)["forecasts"]} == {
        *("crl-size", "crl-time", "publication", "cache"),
    }
    one = document(told, "forecast", "cache", "--server", "WAP02", *AT)["forecasts"][0]
    assert (one["state"], one["context"], one["key"]) == ("expected", "network-service", KEY)


def test_what_comes_to_no_forecast_says_why(told: Running) -> None:
    early = (BEGAN + 8 * DAY).isoformat()
    out = ask(told, "forecast", "publication", "--all", "--at", early)[1]

    assert "no forecast, because 2 CRLs are fewer than 4" in out


def test_the_change_log_tells_what_who_and_when_and_marks_the_first_change(told: Running) -> None:
    changed = document(told, "changes", "--from", (BROKE - HOUR).isoformat(), *AT)
    by_change = {(one["of"], one["change"]) for one in changed["changes"]}
    first = changed["first_failure"]
    marked = [one for one in changed["changes"] if one["before_first_failure"]]

    assert {("fact", "changed"), ("finding", "opened"), ("finding", "closed")} <= by_change
    assert first["code"] in {one["code"] for one in changed["changes"]}
    assert first["change"]["server"] in ("STS01", "WAP02")
    assert [(one["servers"], one["kind"]) for one in marked] == [([first["change"]["server"]], first["change"]["kind"])]
    assert all(one["agent"] and one["seen_by"] for one in changed["changes"] if one["of"] == "fact")
    assert "◄ first change before the first failure" in ask(told, "changes", "--from", BROKE.isoformat()[:10], *AT)[1]


def test_the_log_is_filtered_by_server_kind_text_severity_and_sort(told: Running) -> None:
    def found(*arguments: str) -> list[dict]:
        return document(told, "changes", "--from", BEGAN.isoformat(), *AT, *arguments)["changes"]

    assert {name for one in found("--server", "STS01", "--only", "facts") for name in one["servers"]} == {"STS01"}
    assert {one["kind"] for one in found("--kind", "service")} == {"service"}
    assert all("adfssrv" in f"{one['key']} {one['text']}" for one in found("--contains", "adfssrv", "--only", "facts"))
    assert {one["of"] for one in found("--severity", "critical")} <= {"finding"}
    assert {one["context"] for one in found("--context", "network-service")} == {"network-service"}
    assert len(found("--most", "3")) >= 3


def test_before_the_first_failure_is_an_instant_for_every_question(told: Running) -> None:
    code, _, err = ask(told, "findings", "--at", "before-first-failure", "--of", "adfs.service-stopped")
    status = document(told, "history", "STS01", "--at", "before-first-failure", "--of", "adfs.service-stopped")

    assert code in (0, 1)
    assert f"just before adfs.service-stopped began at {BROKE:%Y-%m-%d %H:%M}" in err
    assert [one["text"].split(",")[0] for one in status["intervals"]] == ["running"]
    code, _, err = ask(told, "status", "--at", "before first failure", "--of", "crl.wrong-issuer")
    assert code == 2
    assert "no failure of crl.wrong-issuer is known" in err


def test_a_finding_has_a_life(told: Running) -> None:
    spells = document(told, "history", "adfs.service-stopped", "--from", BEGAN.isoformat(), *AT)["findings"]

    assert [(one["code"], [step["change"] for step in one["steps"]]) for one in spells] == [
        ("adfs.service-stopped", ["opened", "closed"])
    ]
    out = lines(ask(told, "history", spells[0]["id"], "--from", BEGAN.isoformat(), *AT)[1])
    assert f"{BROKE:%Y-%m-%dT%H:%M:%SZ} -> {BROKE + HOUR:%Y-%m-%dT%H:%M:%SZ}" in out[0]
    assert any(" opened " in line for line in out)


def test_history_is_of_a_server_a_url_or_a_subject(told: Running) -> None:
    since = ("--from", BEGAN.isoformat(), *AT)
    of_url = document(told, "history", URL, *since)["intervals"]
    of_server = document(told, "history", "sts01", *since)["intervals"]

    assert {one["kind"] for one in of_url} == {"retrieval", "url-cache"}
    assert {one["server"] for one in of_server} == {"STS01"}
    assert "no fact of that span names this certificate" in ask(told, "history", THUMBPRINT, *since)[1]
    assert "no fact of that span names this binding" in ask(told, "history", "0.0.0.0:444", *since)[1]


def test_a_server_is_compared_with_itself_as_it_was(told: Running) -> None:
    then = (BROKE + HOUR / 2).isoformat()
    facts = document(told, "compare", f"STS01@{then}", "STS01", *AT)

    assert [(one["kind"], one["key"]) for one in facts["facts"]] == [("service", "adfssrv")]
    assert [value["text"].split(",")[0] for value in facts["facts"][0]["values"]] == ["stopped", "running"]
    assert ask(told, "compare", "STS09@2h", "STS01", *AT)[0] == 2
    whole = document(told, "compare", f"sts.contoso.com@{then}", "sts.contoso.com", "--all", *AT)
    assert {value["state"] for one in whole["facts"] for value in one["values"]} == {"present"}


def test_trends_tell_from_what_they_are_and_leave_gaps(told: Running) -> None:
    out = ask(told, "trend", "url-availability", "--from", (NOW - 4 * DAY).isoformat(), "--points", "8", *AT)[1]
    trend = document(told, "trend", "retrieval-duration-ms", "--from", (NOW - 60 * DAY).isoformat(), *AT)
    points = trend["lines"][0]["points"]

    assert "█" in out
    assert "from facts, a point each 12 h" in out
    assert (trend["made_of"], trend["quantile_error"], trend["unit"]) == ("days", 0.02, "ms")
    assert points[0] == {**dict.fromkeys(("min", "p05", "p50", "mean", "p95", "max")), "at": points[0]["at"],
                         "count": 0, "known": 0.0}  # fmt: skip
    assert sum(point["count"] for point in points) == 42 * 24


@pytest.mark.parametrize(
    "what", ["facts", "findings", "history", "changes", "forecast", "compare", "servers", "unknown", "topology"]
)
@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
def test_every_answer_is_exported_in_every_form(told: Running, tmp_path: Path, what: str, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="Parquet did not run: pyarrow is not installed")
    file = tmp_path / "out"
    code, out, err = ask(told, "export", what, "--format", form, "--output", str(file), *AT)

    assert (code, out, err) == (0, "", "")
    assert file.stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_trends_are_exported_as_typed_rows(told: Running, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet did not run: pyarrow is not installed")
    file = tmp_path / "trend.parquet"
    series = ("--series", "retrieval-duration-ms", "--from", (NOW - 60 * DAY).isoformat())
    assert ask(told, "export", "trend", *series, "--format", "parquet", "--output", str(file), *AT)[0] == 0
    rows = parquet.read_table(file).to_pylist()

    assert sum(row["count"] for row in rows) == 42 * 24
    assert {row["server"] for row in rows} == {"WAP02"}
    assert ask(told, "export", "trend", *AT)[0] == 2
    assert ask(told, "export", "facts", "--format", "csv", "--output", str(tmp_path / "no" / "such"), *AT)[0] == 2
