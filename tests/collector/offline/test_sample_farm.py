"""The sample farm of the documents says what it is known to say, whenever and wherever it is read."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.reading import Request
from tests.collector.offline.golden_sample import EXPECTED, SAMPLE, said

FAULTS = {
    ("store.issuing-ca-missing", ("WAP02",), ()),
    ("http.ctl-store-on-client-binding", ("WAP02",), ()),
    ("network.host-unreachable", ("WAP01",), ("network-service",)),
    ("claim.office365-serial-missing", (), ()),
    ("farm.builds-mixed", ("WAP01", "WAP02"), ()),
}


@pytest.fixture(scope="module")
def made():
    return said()


def test_the_faults_of_its_page_are_the_causes_and_nothing_else_is(made):
    causes = {
        (one["code"], tuple(one["servers"]), tuple(one["contexts"]))
        for one in made[0]["findings"]
        if one["caused_by"] is None and one["severity"] != "info"
    }

    assert causes == FAULTS


def test_every_piece_of_evidence_names_a_line_of_a_file_that_is_there(made):
    for finding in made[0]["findings"]:
        for evidence in finding["evidence"]:
            _, file, line = evidence["source"].split(":")
            lines = (SAMPLE / file).read_bytes().count(b"\n") + 1
            assert 1 <= int(line) <= lines, evidence


def test_the_document_is_the_expected_one(made):
    """After a change that is meant, `python -m tests.collector.offline.golden_sample` writes it anew."""
    assert made[0] == json.loads((EXPECTED / "findings.json").read_text(encoding="utf-8"))


def test_the_text_is_the_expected_one(made):
    assert made[1] == (EXPECTED / "findings.txt").read_text(encoding="utf-8")


def test_the_dates_of_copies_change_nothing(made, tmp_path):
    copy = tmp_path / "sample-evidence"
    shutil.copytree(SAMPLE, copy, copy_function=shutil.copyfile)

    with analysed(Request(paths=(copy,), roles={}), now=datetime(2031, 1, 1, tzinfo=UTC)) as analysis:
        assert analysis.picture.farm.as_of == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        codes = {one.rule.code for one in analysis.picture.evaluation.findings}
    assert codes == {one["code"] for one in made[0]["findings"]}
