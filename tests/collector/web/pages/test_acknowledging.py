"""Operators acknowledge findings and hold alerts back; viewers see who did."""

import re

import pytest

from farmsight_collector.store import audit
from tests.fakes.watched_farm import Person, WatchedFarm, words


@pytest.fixture
def operator(farm: WatchedFarm) -> Person:
    return Person(farm.noted(), "operator")


def first_form(person: Person, ends: str) -> str:
    person.sees()
    return re.findall(rf'action="([^"]+/{ends})"', person.text)[0]


def test_an_acknowledged_cause_says_by_whom_until_when_and_why(operator: Person) -> None:
    lead = operator.does(first_form(operator, "acknowledge"), **{"for": "8h", "note": "INC-4711 <b>"})

    assert "#f-" in lead
    page = words(operator.sees())
    assert "acknowledged by a operator" in page
    assert "until 2026-11-23 18:20Z or until it worsens or closes: INC-4711 <b>" in page
    assert "acknowledgement.add" in [row.action for row in _audited(operator)]


def test_what_is_acknowledged_can_be_left_out(operator: Person) -> None:
    operator.does(first_form(operator, "acknowledge"), **{"for": "1d"})

    assert "is not in the intermediate store" in words(operator.sees())
    page = operator.sees("/farms/sts.contoso.com?unseen=1")
    causes = [one for one in page.all("details") if "cause" in str(one.attributes.get("class"))]
    assert not any("acknowledged by" in one.text for one in causes)


def test_an_acknowledgement_is_taken_back_from_the_page_of_the_finding(operator: Person) -> None:
    where = first_form(operator, "acknowledge")
    operator.does(where, **{"for": "1d", "back": "finding"})
    finding = operator.location

    operator.sees(finding)
    assert operator.does(where.replace("acknowledge", "withdraw"), back="finding") == finding
    assert "take back" not in words(operator.sees(finding))


def test_alerts_are_held_back_for_some_servers_and_again_let_go(operator: Person) -> None:
    operator.sees()
    operator.does("/farms/sts.contoso.com/maintenance", servers="wap01, WAP02", note="patching", **{"for": "1h"})

    assert "WAP01, WAP02 from 2026-11-23 10:20Z until 2026-11-23 11:20Z, by a operator: patching" in words(
        operator.sees()
    )
    operator.does(re.findall(r'action="([^"]+/end)"', operator.text)[0])
    assert "none: alerts go out" in words(operator.sees())


def test_a_viewer_may_not_acknowledge(farm: WatchedFarm, operator: Person) -> None:
    where = first_form(operator, "acknowledge")
    viewer = Person(farm)
    viewer.sees()

    viewer.does(where, status=403, **{"for": "8h"})


def test_a_time_in_the_past_can_be_looked_at_and_not_acknowledged(operator: Person) -> None:
    operator.sees("/farms/sts.contoso.com?at=2026-11-23T10:15Z")

    assert 'action="/farms/sts.contoso.com/findings' not in operator.text


def _audited(person: Person) -> list[audit.AuditRow]:
    with person.farm.store.read() as connection:
        return audit.entries(connection)
