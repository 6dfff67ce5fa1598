"""Trends: small charts with their figures as tables, limits, gaps, and what is expected."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from farmsight_collector.store import samples
from farmsight_collector.store.agents import agents
from farmsight_collector.store.samples import NewSample, SeriesKey
from tests.fakes.watched_farm import FARM, Person, WatchedFarm, rows, words

KEY = "crl http://pki.contoso.com/<b>ca1</b>.crl"
AS = 3  # NETWORK SERVICE


def measured(farm: WatchedFarm, server: str, name: str, values: dict[float, float], key: str = KEY) -> None:
    """Let values have been measured so many hours ago."""
    with farm.store.write() as connection:
        (agent,) = (row for row in agents(connection, FARM) if row.server == server)
        series = SeriesKey(agent.server_id, name, AS, key)
        now = farm.clock.now()
        found = [
            NewSample(agent.farm_id, series, int((now - timedelta(hours=ago)).timestamp() * 1_000_000), value)
            for ago, value in values.items()
        ]
        samples.add(connection, found)


@pytest.fixture(scope="module")
def measuring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Yield somebody who looks at a farm whose WAP01 fetches slower each hour, but for six hours of silence."""
    farm = WatchedFarm(tmp_path_factory.mktemp("measuring") / "data")
    farm.later(minutes=10)
    slower = {float(ago): 1000.0 * (20 - ago) for ago in range(20) if not 6 <= ago < 12}
    measured(farm, "WAP01", "retrieval-duration-ms", slower)
    measured(farm, "WAP02", "retrieval-duration-ms", dict.fromkeys(map(float, range(20)), 40.0))
    farm.judge()
    yield Person(farm)
    farm.store.close()


def data(person: Person) -> dict:
    found = re.search(r'<script type="application/json" id="trend-data">(.*?)</script>', person.text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_each_line_is_a_chart_and_a_row_of_figures(measuring: Person) -> None:
    page = measuring.sees("trends?span=1d")
    table = rows(page, f"Figures of {KEY}")

    assert [row.split()[0] for row in table] == ["WAP01", "WAP02"]
    assert "20.0 s" in table[0]
    assert "40 ms" in table[1]
    assert measuring.text.count('class="chart"') == 2


def test_charts_of_one_url_share_their_scale_with_the_limits_near_it(measuring: Person) -> None:
    measuring.sees("trends?span=1d")
    first, second = data(measuring)["charts"].values()

    assert (first["least"], first["most"]) == (second["least"], second["most"]) == (0.0, 20000.0)
    assert [value for value, _ in first["limits"]] == [10000.0, 15000.0]
    assert "10.0 s (Entra CRL download" in words(measuring.sees("trends?span=1d"))


def test_what_nobody_measured_is_a_gap_in_the_chart_and_in_the_table(measuring: Person) -> None:
    page = measuring.sees("trends?span=1d&server=WAP01")
    drawn = data(measuring)["charts"]["0"]["p50"]

    assert None in drawn
    assert 0 not in drawn
    assert any("nothing known" in row for row in rows(page, "Figures"))


def test_filters_stand_in_the_address_and_empty_views_say_what_they_mean(measuring: Person) -> None:
    measuring.sees("trends?span=1d&server=WAP02&context=network-service&find=ca1")
    assert len(data(measuring)["charts"]) == 1
    assert "Nothing of this is known between" in words(measuring.sees("trends?what=clock-offset-ms&span=400d"))
    assert "with these filters" in words(measuring.sees("trends?server=NOWHERE"))
    measuring.sees("trends?what=no-such-thing", status=400)
    measuring.sees("trends?span=3d", status=400)


def test_a_hostile_key_is_text_and_breaks_out_of_nothing(measuring: Person) -> None:
    measuring.sees("trends?span=1d")
    assert "<b>ca1</b>" not in measuring.text


def test_what_is_expected_says_so_or_says_why_not(measuring: Person) -> None:
    text = words(measuring.sees("expected"))

    assert "not expected" in text
    assert "nothing can be said" in text or "not known" in text


@pytest.mark.parametrize("what", ["findings-open", "url-availability", "crl-validity-left", "agent-heard", "events"])
def test_every_kind_of_trend_has_a_page(viewer: Person, what: str) -> None:
    assert "Trends" in words(viewer.sees(f"trends?what={what}&span=1d"))


def test_open_findings_are_counted_by_severity(viewer: Person) -> None:
    page = viewer.sees("trends?what=findings-open&span=1d")
    table = rows(page, "Figures of Findings open")

    assert [row.split()[0] for row in table] == ["critical", "error", "warning", "info"]
