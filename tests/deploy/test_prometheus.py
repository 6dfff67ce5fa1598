"""What is shipped for Prometheus and Grafana asks for what the collector tells, in a language that Prometheus reads."""

import json
import re
import runpy
from pathlib import Path

import pytest

from farmsight_collector.export.prometheus import reference
from farmsight_collector.export.prometheus.catalogue import METRICS
from farmsight_collector.metrics import COUNTERS, DURATIONS, GAUGES, PREFIX
from tests.fakes.promtool import promtool

ROOT = Path(__file__).parents[2]
ALERTS, ALERTS_TEST = (ROOT / f"deploy/prometheus/{name}.yml" for name in ("farmsight-alerts", "farmsight-alerts-test"))
DASHBOARD = ROOT / "deploy/grafana/farmsight.json"
LABELS = {one.name: set(one.labels) for one in METRICS}
KNOWN = {
    *LABELS,
    *(f"{PREFIX}{name}_total" for name in COUNTERS),
    *(f"{PREFIX}{name}" for name in GAUGES),
    *(f"{PREFIX}{name}{end}" for name in DURATIONS for end in ("_bucket", "_sum", "_count")),
}


def _queries() -> list[str]:
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


def _asked() -> list[str]:
    rules = re.findall(r"^ +expr: (.+)$", ALERTS.read_text(encoding="utf-8"), re.MULTILINE)
    return [*rules, *_queries()]


@pytest.mark.parametrize("query", _asked())
def test_a_query_asks_for_metrics_and_labels_that_the_collector_tells(query: str) -> None:
    asked = re.findall(r"(farmsight_\w+)(?:\{([^}]*)\})?", query)

    assert asked
    for name, conditions in asked:
        assert name in KNOWN
        assert set(re.findall(r"(\w+)[=!]", conditions)) <= LABELS.get(name, set())


def test_prometheus_reads_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"asked:{number}", "expr": query.replace("$farm", ".*").replace("$server", ".*")}
        for number, query in enumerate(_queries())
    ]
    file = tmp_path / "rules.yml"  # JSON is YAML, too
    file.write_text(json.dumps({"groups": [{"name": "asked", "rules": rules}]}), encoding="utf-8")

    checked = promtool("check", "rules", file)

    assert checked.returncode == 0, checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout


def test_the_dashboard_is_the_one_that_its_source_writes() -> None:
    made = runpy.run_path(str(ROOT / "deploy/grafana/build.py"))["dashboard"]()

    assert json.loads(DASHBOARD.read_text(encoding="utf-8")) == made


def test_panels_of_the_dashboard_lie_side_by_side_and_over_none() -> None:
    places = [panel["gridPos"] for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_alerts_ring_when_they_should_and_only_then() -> None:
    checked = promtool("check", "rules", ALERTS)
    tested = promtool("test", "rules", ALERTS_TEST)

    assert checked.returncode == 0, checked.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_page_of_metrics_is_the_one_that_the_code_writes() -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")

    assert page == "\n".join(reference.page()) + "\n"


def test_every_metric_stands_on_the_page_and_the_page_names_no_other() -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(farmsight_\w+)", page))

    assert named == {*LABELS, *(one for one in KNOWN if not one.endswith(("_bucket", "_sum", "_count"))),
                     *(f"{PREFIX}{name}" for name in DURATIONS)}  # fmt: skip
