"""A span on the map: when something changed, and all that stood at some time in it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from farmsight_collector.model.build import farm_as_of
from farmsight_collector.queries.timeline import MARKS, span, stood
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.topology.build import build
from farmsight_collector.topology.graph import Graph
from farmsight_wire.v1 import facts_pb2 as pb
from tests.bench import worlds
from tests.bench.worlds import FARM, NOW
from tests.fakes.watched_farm import ISSUING, WatchedFarm

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> WatchedFarm:
    """Return a farm whose WAP01 lost a CA at 10:10, fetched from one more host from 10:20 to 10:40; it is 11:00."""
    farm = WatchedFarm(Path(tmp_path_factory.mktemp("timeline")) / "data")
    farm.put("WAP01", worlds.retrieval(1, "system"))  # so that what comes is no first look
    farm.later(minutes=10)
    farm.drop("WAP01", "store-certificate", ISSUING)
    farm.later(minutes=10)
    fetch = worlds.retrieval(0, "system")
    fetch.retrieval.url = "http://mirror.contoso.com/ca.crl"
    fetch.key = f"crl {fetch.retrieval.url}"
    farm.put("WAP01", fetch)
    farm.later(minutes=20)
    farm.drop("WAP01", "retrieval", fetch.key)
    farm.later(minutes=20)
    return farm


def graph_of(story: WatchedFarm, at: datetime) -> Graph:
    with story.store.read() as connection:
        farm = farm_as_of(connection, FARM, at)
    return build(farm, Evaluation(farm=FARM, as_of=at, findings=()))


def test_marks_stand_where_something_changed_with_what_it_was(story: WatchedFarm) -> None:
    with story.store.read() as connection:
        told = span(connection, FARM, NOW + timedelta(minutes=5), NOW + HOUR)

    assert [f"{one.at:%H:%M}" for one in told.marks] == ["10:10", "10:20", "10:40"]
    first = told.marks[0]
    assert (first.opened >= 1, first.facts, first.worst) == (True, 1, "critical")
    assert "intermediate store" in first.text
    assert told.untold is None


def test_changes_that_are_close_for_the_spans_length_are_one_mark(story: WatchedFarm) -> None:
    with story.store.read() as connection:
        told = span(connection, FARM, NOW + timedelta(minutes=5) - timedelta(days=90), NOW + HOUR)

    assert len(told.marks) <= MARKS
    assert [f"{one.at:%H:%M}" for one in told.marks] == ["10:40"]  # the last instant of all that it stands for


def test_what_came_and_went_within_the_span_has_its_place(story: WatchedFarm) -> None:
    with story.store.read() as connection:
        farm = stood(connection, FARM, NOW, NOW + HOUR)
    whole = build(farm, Evaluation(farm=FARM, as_of=NOW, findings=()))
    names = {node.id for node in whole.nodes}

    assert "host:mirror.contoso.com" in names
    for minutes in (1, 15, 30, 50, 60):
        now = graph_of(story, NOW + timedelta(minutes=minutes))
        assert {node.id for node in now.nodes} <= names
        assert {(e.source, e.target, e.kind, e.context) for e in now.edges} <= {
            (e.source, e.target, e.kind, e.context) for e in whole.edges
        }
    with story.store.read() as connection:
        later = stood(connection, FARM, NOW + timedelta(minutes=45), NOW + HOUR)
    assert "host:mirror.contoso.com" not in {
        node.id for node in build(later, Evaluation(farm=FARM, as_of=NOW, findings=())).nodes
    }


def test_a_farm_of_which_nothing_is_known_has_an_empty_span(story: WatchedFarm) -> None:
    with story.store.read() as connection:
        assert span(connection, "sts.fabrikam.com", NOW, NOW + HOUR).marks == ()
        assert stood(connection, "sts.fabrikam.com", NOW, NOW + HOUR).servers == ()


def test_a_retrieval_that_changed_its_value_stands_once(story: WatchedFarm) -> None:
    with story.store.read() as connection:
        farm = stood(connection, FARM, NOW, NOW + HOUR)

    facts = [(one.context, one.key) for one in farm.server("WAP01").facts["retrieval"]]
    assert len(facts) == len(set(facts))
    assert all(isinstance(one.value, pb.Retrieval) for one in farm.server("WAP01").facts["retrieval"])
