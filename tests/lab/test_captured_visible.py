"""The table of what files show speaks of every scenario and every finding that is expected there."""

import pytest

from farmsight_lab.captured.visible import VISIBLE, visible
from farmsight_lab.scenario import load, packaged


def test_every_packaged_scenario_is_in_the_table():
    assert set(VISIBLE) == set(packaged())


@pytest.mark.parametrize("scenario", packaged())
def test_every_expected_finding_has_its_row_and_no_other_has(scenario):
    assert set(VISIBLE[scenario]) == {one.code for one in load(scenario).expected}


def test_what_can_not_be_seen_says_why():
    for rows in VISIBLE.values():
        for seen in rows.values():
            assert seen.why or {seen.article, seen.script} == {"yes"}


def test_what_a_form_shows_depends_on_whose_certificate_was_checked():
    assert visible("ca-revoked", "article") == set()
    assert visible("ca-revoked", "article", "bob") == {"crl.ca-revoked"}
    assert visible("clock-wrong", "article") == set()
    assert visible("clock-wrong", "script") == {"network.clock-offset"}
