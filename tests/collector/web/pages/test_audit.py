"""The audit as a page: who did what when; for operators."""

import pytest

from tests.fakes.watched_farm import Person, WatchedFarm, rows, words


@pytest.fixture
def operator(story: WatchedFarm) -> Person:
    return Person(story, "operator")


def test_what_was_done_stands_last_first_with_who_did_it(operator: Person) -> None:
    log = rows(operator.sees("/audit"), "Audit")

    assert any("agent.enrol" in row and "127.0.0.1" in row and "WAP01" in row for row in log)
    times = [row[:20] for row in log]
    assert times == sorted(times, reverse=True)


def test_the_audit_is_narrowed_by_actor_action_and_words(operator: Person) -> None:
    assert all("agent." in row for row in rows(operator.sees("/audit?action=agent."), "Audit"))
    assert len(rows(operator.sees("/audit?find=wap01"), "Audit")) == 1
    assert "Nothing of this kind was done since -30d" in words(operator.sees("/audit?actor=nobody"))


def test_percent_and_underline_are_letters_like_others(operator: Person) -> None:
    assert "Nothing of this kind" in words(operator.sees("/audit?find=%25"))


def test_a_viewer_does_not_see_the_audit(viewer: Person) -> None:
    assert "This needs the role operator" in words(viewer.sees("/audit", status=403))


def test_the_audit_is_a_file_too_for_who_may_see_it(operator: Person, viewer: Person) -> None:
    lines = operator.keeps("/audit.csv?action=agent.enrol").splitlines()

    assert lines[0] == "at,actor,action,target,detail"
    assert len(lines) == 6
    viewer.sees("/audit.csv", status=403)
