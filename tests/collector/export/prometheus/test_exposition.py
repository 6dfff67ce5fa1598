"""What a scrape gets of a farm: facts as instants, nothing that is not known, within bounds, as Prometheus reads it."""

from datetime import datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open_metrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from farmsight_collector.clock import micros
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.export.prometheus import exposition
from farmsight_collector.export.prometheus.catalogue import BY_NAME, METRICS
from farmsight_collector.export.prometheus.exposition import OPEN_METRICS, TEXT, Exposition
from farmsight_collector.export.prometheus.lines import LABEL_LENGTH, Lines
from farmsight_collector.export.prometheus.noted import Noted
from farmsight_collector.ingest.apply import Incoming, apply_reports
from farmsight_collector.metrics import Metrics
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.standing import standing
from farmsight_collector.store import agents, samples
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import facts_pb2 as pb
from tests.bench import worlds
from tests.bench.reevaluation import fill
from tests.fakes.adfs_farms import healthy
from tests.fakes.farms import FARM, NOW
from tests.fakes.promtool import promtool

URL = "http://pki0.contoso.com/cdp/Contoso%20Issuing%20CA%200.crl"
HERE = {"farm": FARM, "server": "WAP01", "context": "network-service", "purpose": "crl", "url": URL}


class Hands:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Scene:
    """A small healthy farm with one fetch on WAP01, and the end point beside it."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.metrics, self.noted = store, Hands(), Metrics(), Noted()
        self.farm = worlds.small(2, 2)
        self.wap = next(one for one in self.farm if one.name == "WAP01")
        self.wap.put(worlds.retrieval(0, "network-service"))
        self.rows = fill(store, FARM, self.farm)
        self.exposition = Exposition(store, self.noted, self.metrics, self.clock)

    def evaluate(self) -> None:
        with self.store.read() as connection:
            view = farm_as_of(connection, FARM, self.clock.at)
        self.noted.note(view, judge(view))

    def tell(self, fact: pb.Fact) -> None:
        self.clock.at += timedelta(minutes=15)
        slots = [self.wap.put(fact)]
        with self.store.write() as connection:
            for report in self.wap.reports(slots, self.clock.at):
                row, at = self.rows["WAP01"], self.clock.at
                apply_reports(connection, [Incoming(agent=row, epoch=1, report=report, at=at, received=at)])

    def scrape(self, accept: str = "") -> dict[str, list[tuple[dict[str, str], float]]]:
        self.clock.at += timedelta(seconds=5)
        self.evaluate()
        answer = self.exposition.answer(accept)
        read = read_open_metrics if answer.content_type == OPEN_METRICS else read_text
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in read(answer.body.decode()):
            for one in family.samples:
                found.setdefault(one.name, []).append((dict(one.labels), one.value))
        return found


@pytest.fixture
def scene(store: Store) -> Scene:
    """Return it on SQLite and on PostgreSQL."""
    return Scene(store)


def test_promtool_finds_no_fault_with_names_units_and_help(scene: Scene) -> None:
    scene.evaluate()

    checked = promtool("check", "metrics", given=scene.exposition.answer().body)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_crl_is_told_by_its_own_dates_for_each_place_that_fetched_it(scene: Scene) -> None:
    found = scene.scrape()

    assert (HERE, 1.0) in found["farmsight_retrieval_up"]
    told = {frozenset(labels.items()): at for labels, at in found["farmsight_crl_next_update_timestamp_seconds"]}
    assert told[frozenset(HERE.items())] == (NOW + timedelta(days=300)).timestamp()


def test_both_formats_say_the_same(scene: Scene) -> None:
    ours = [one.name for one in METRICS]

    text, open_metrics = scene.scrape(), scene.scrape("application/openmetrics-text; version=1.0.0")

    when = "farmsight_farm_evaluated_timestamp_seconds"
    assert {name: text.get(name) for name in ours if name != when} == {
        name: open_metrics.get(name) for name in ours if name != when
    }
    assert scene.exposition.answer("text/plain").content_type == TEXT


def test_a_fetch_that_fails_is_down_since_it_was_last_seen_to_succeed(scene: Scene) -> None:
    fails = worlds.retrieval(0, "network-service")
    fails.retrieval.Clear()
    fails.retrieval.purpose, fails.retrieval.url = pb.RETRIEVAL_PURPOSE_CRL, URL
    fails.retrieval.outcome = pb.RETRIEVAL_OUTCOME_REFUSED
    scene.tell(fails)

    found = scene.scrape()

    assert (HERE, 0.0) in found["farmsight_retrieval_up"]
    assert (HERE, NOW.timestamp()) in found["farmsight_retrieval_last_success_timestamp_seconds"]
    assert HERE not in [labels for labels, _ in found.get("farmsight_crl_next_update_timestamp_seconds", [])]


def test_what_is_not_known_has_no_value_and_is_told_as_stale(scene: Scene) -> None:
    scene.clock.at = NOW + timedelta(days=2)

    found = scene.scrape()

    assert "farmsight_retrieval_up" not in found
    stale = {labels["probe"] for labels, _ in found["farmsight_probe_parts"] if labels["outcome"] == "stale"}
    assert "retrievals" in stale


def test_an_attempt_that_was_not_made_is_neither_up_nor_down(scene: Scene) -> None:
    skipped = worlds.retrieval(0, "network-service")
    skipped.retrieval.outcome = pb.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE
    scene.tell(skipped)

    assert HERE not in [labels for labels, _ in scene.scrape().get("farmsight_retrieval_up", [])]


def test_findings_are_counted_by_severity_and_code_and_0_is_told(scene: Scene) -> None:
    found = scene.scrape()

    by_severity = {labels["severity"]: count for labels, count in found["farmsight_farm_findings"]}
    assert by_severity.keys() == {"critical", "error", "warning", "info"}
    assert by_severity["critical"] == 0
    assert sum(count for _, count in found["farmsight_findings_open"]) == sum(by_severity.values())


def test_the_last_samples_of_agents_and_fetches_are_told_in_base_units(scene: Scene) -> None:
    row = scene.rows["WAP01"]
    with scene.store.write() as connection:
        fetch = samples.SeriesKey(row.server_id, "retrieval-duration-ms", 3, f"crl {URL}")
        spool = samples.SeriesKey(row.server_id, "agent-spool-bytes", 0, "-")
        samples.add(
            connection,
            [
                samples.NewSample(row.farm_id, fetch, micros(NOW), 41.0),
                samples.NewSample(row.farm_id, spool, micros(NOW), 4096.0),
            ],
        )
        agents.mark_seen(
            connection,
            [agents.Seen(agent_id=row.id, at=NOW, version="1.2", platform="Windows", clock_offset_us=-1_500_000)],
        )

    found = scene.scrape()

    agent = {"farm": FARM, "server": "WAP01"}
    assert found["farmsight_retrieval_duration_seconds"] == [(HERE, 0.041)]
    assert found["farmsight_agent_spool_bytes"] == [(agent, 4096.0)]
    assert (agent, -1.5) in found["farmsight_agent_clock_offset_seconds"]
    assert ({**agent, "role": "wap"}, NOW.timestamp()) in found["farmsight_agent_last_seen_timestamp_seconds"]
    assert "1.2" in [labels["version"] for labels, _ in found["farmsight_agent_info"]]
    assert ({**agent, "standing": standing("1.2")}, 1) in found["farmsight_agent_version_standing"]


def test_an_agent_that_was_revoked_is_told_no_longer(scene: Scene) -> None:
    with scene.store.write() as connection:
        agents.revoke(connection, scene.rows["WAP01"].id, NOW)

    found = scene.scrape()

    assert "WAP01" not in {labels["server"] for labels, _ in found["farmsight_agent_info"]}


def test_what_certificates_say_is_text_whatever_stands_in_it(scene: Scene) -> None:
    hostile = worlds.retrieval(0, "network-service")
    hostile.retrieval.url = 'http://x/"}\n# TYPE farmsight_fake counter\nfarmsight_fake 1\\'
    scene.tell(hostile)

    found = scene.scrape()

    assert "farmsight_fake" not in found
    assert hostile.retrieval.url in [labels["url"] for labels, _ in found["farmsight_retrieval_up"]]


def test_a_label_has_a_bound_and_two_that_become_alike_are_one_series() -> None:
    lines = Lines()

    for end in "ab":
        lines.put("farmsight_authority_not_after_timestamp_seconds", (FARM, "x" * LABEL_LENGTH + end, "1", "named"), 1)

    ((_, series),) = lines.items()
    assert [len(labels[1]) for labels in series] == [LABEL_LENGTH]
    assert lines.cut.total() == 1


def test_a_metric_has_a_bound_and_what_is_over_it_is_counted() -> None:
    most = BY_NAME["farmsight_authority_not_after_timestamp_seconds"].most
    lines = Lines()

    for number in range(most + 7):
        lines.put("farmsight_authority_not_after_timestamp_seconds", (FARM, "CN=A", f"{number:x}", "named"), 1)

    assert (len(lines), lines.cut.total()) == (most, 7)


def test_what_was_left_out_is_told_by_the_scrape_itself(scene: Scene) -> None:
    twice = worlds.retrieval(0, "network-service")
    twice.key = f"crl {URL}?again"  # another fact that says the same URL
    scene.tell(twice)

    ((_, left_out),) = scene.scrape()["farmsight_collector_series_left_out"]

    assert left_out >= 1


def test_a_scrape_runs_no_rule(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.evaluate()
    monkeypatch.setattr("farmsight_collector.rules.engine.evaluate", lambda *_: pytest.fail("a rule ran"))

    assert b"farmsight_farm_findings" in scene.exposition.answer().body


def test_who_asks_at_once_again_gets_the_same_answer(scene: Scene) -> None:
    scene.evaluate()
    first = scene.exposition.answer()

    assert scene.exposition.answer() is first
    scene.clock.at += timedelta(seconds=2 * exposition.SERVES_FOR_S)
    assert scene.exposition.answer() is not first


def test_a_farm_that_another_collector_evaluates_now_is_forgotten(scene: Scene) -> None:
    scene.evaluate()
    scene.clock.at += timedelta(hours=1)

    body = scene.exposition.answer().body.decode()

    assert "farmsight_farm_findings{" not in body
    assert "farmsight_collector_farms" in body


def test_views_that_fill_the_room_are_worked_out_at_once_and_let_go() -> None:
    worked_out: list[str] = []

    def work_out(farm, _evaluation) -> Lines:
        worked_out.append(farm.name)
        return Lines()

    noted = Noted(work_out, room=0)
    view = healthy().farm()
    noted.note(view, judge(view))

    assert worked_out == [FARM]
    assert [one.farm for one in noted.seen(NOW)] == [FARM]
    assert worked_out == [FARM], "not again"


def test_the_collector_tells_how_long_its_evaluations_took(scene: Scene) -> None:
    for seconds in (0.03, 0.04, 9.0):
        scene.metrics.took("evaluation_duration_seconds", seconds)

    found = scene.scrape()

    buckets = {labels["le"]: n for labels, n in found["farmsight_collector_evaluation_duration_seconds_bucket"]}
    assert (buckets["0.025"], buckets["0.05"], buckets["5.0"], buckets["+Inf"]) == (0, 2, 2, 3)
    assert found["farmsight_collector_evaluation_duration_seconds_sum"] == [({}, pytest.approx(9.07))]
