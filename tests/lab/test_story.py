"""A story told into a collector's store: faults are found when they came, and over when they went."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from farmsight_collector.clock import micros
from farmsight_collector.store.schema import OPEN
from farmsight_lab.cli import main
from farmsight_lab.scenario import ScenarioError
from farmsight_lab.story import story as stories

END = datetime(2026, 11, 26, 12, tzinfo=UTC)
STORY = """
description = "A route that was lost for six hours, and a CA that is missing to the end."
days = 3
every_hours = 12
renewed = { 1 = ["trust-WAP01"] }

[[episodes]]
from = 0.25
until = 0.5
faults = [{ fault = "no-route", servers = ["WAP02"] }]

[[episodes]]
from = 2.75
faults = [{ fault = "certificate-missing", servers = ["WAP02"], store = "CA", certificate = "issuing-1" }]
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    (folder / "short.toml").write_text(STORY)
    data = folder / "collector"
    assert main(["story", "--story", str(folder / "short.toml"), "--to", str(data), "--until", END.isoformat()]) == 0
    connection = sqlite3.connect(data / "store.db")
    yield connection
    connection.close()


def test_each_cause_opens_when_its_fault_came_and_closes_when_it_went(told):
    begin = END - timedelta(days=3)
    rows = told.execute("select code, opened, closed, payload from findings order by opened").fetchall()
    causes = [(code, opened, closed) for code, opened, closed, payload in rows if not json.loads(payload)["caused_by"]]
    assert causes == [
        (
            "network.host-unreachable",
            micros(begin + timedelta(days=0.25)),
            micros(begin + timedelta(days=0.5)),
        ),
        ("store.issuing-ca-missing", micros(begin + timedelta(days=2.75)), OPEN),
    ]


def test_a_failed_retrieval_leaves_a_gap_in_what_was_measured(told):
    lost = (micros(END - timedelta(days=2.75)), micros(END - timedelta(days=2.5)))
    count = (
        "select count(*) from samples join series on series.id = series_id join servers on servers.id = server_id"
        " where series.name = 'retrieval-duration-ms' and servers.name = ? and at >= ? and at < ?"
    )
    assert told.execute(count, ("WAP01", *lost)).fetchone()[0] > 100
    assert told.execute(count, ("WAP02", *lost)).fetchone()[0] == 0


def test_delta_crls_are_published_daily_with_growing_numbers(told):
    facts = told.execute("select distinct value from facts where key like 'delta %IssuingCA1+.crl'").fetchall()
    assert len(facts) >= 3


def test_a_folder_that_holds_something_is_refused(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["story", "--to", str(tmp_path)]) == 2
    assert "holds something already" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("days = ", "not TOML"),
        ("days = 0", "days: 1 to"),
        ("days = 3\nfarms = 2", "there is no setting 'farms'"),
        ("days = 3\n[[episodes]]\nfrom = 2\nuntil = 1\nfaults = []", "ends before it begins"),
        ("days = 3\n[[episodes]]\nfrom = 2\nfaults = [{ fault = 'gremlins' }]", "no fault is called 'gremlins'"),
    ],
)
def test_a_story_that_cannot_be_told_is_refused_with_the_reason(text, says):
    with pytest.raises(ScenarioError, match=says.replace("[", r"\[")):
        stories.parse(text.encode(), "odd")


def test_every_packaged_story_can_be_read():
    assert "month" in stories.packaged()
    for name in stories.packaged():
        assert stories.load(name).instants(END)
