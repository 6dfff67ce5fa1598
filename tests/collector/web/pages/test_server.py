"""The page of one server: findings, unknowns, probes, and its facts by kind."""

import pytest

from tests.fakes.watched_farm import FARM, ISSUING, Person, WatchedFarm, links, rows, words


def test_a_server_tells_its_role_accounts_findings_and_probes(viewer: Person) -> None:
    page = viewer.sees("servers/WAP01")

    assert "Role WAP" in words(page)
    assert any("is not in the intermediate store" in row for row in rows(page, "Findings"))
    assert any("certificate-stores/CA" in row and "observed" in row for row in rows(page, "Probes"))


def test_facts_are_shown_by_kind_first_and_then_as_rows(viewer: Person) -> None:
    page = viewer.sees("servers/STS01")
    assert f"/farms/{FARM}/servers/STS01?kind=store-certificate#facts" in links(page)

    facts = rows(viewer.sees("servers/STS01?kind=store-certificate&find=ca/"), "Facts")
    assert facts
    assert all("store-certificate" in row for row in facts)
    assert any(ISSUING[:14] in row.replace(" ", "") for row in facts)


def test_words_that_no_fact_has_are_said_so(viewer: Person) -> None:
    assert "No fact of STS01 is of this kind, with these words" in words(viewer.sees("servers/STS01?find=zzz"))


@pytest.mark.parametrize("name", ["sts01", "STS01"])
def test_a_server_is_found_however_it_is_written(viewer: Person, name: str) -> None:
    assert "Role AD FS" in words(viewer.sees(f"servers/{name}"))


def test_a_server_that_is_not_here_is_said_so_with_those_that_are(viewer: Person) -> None:
    page = words(viewer.sees("servers/WAP99", status=404))

    assert "No server 'WAP99' reported to sts.contoso.com" in page
    assert "STS01, STS02, WAP01, WAP02" in page


def test_of_a_silent_server_it_is_said_that_this_is_what_was_last_seen(farm: WatchedFarm) -> None:
    farm.later(hours=3, heard=False)

    page = words(Person(farm).sees("servers/WAP01"))
    assert "Nothing was heard of WAP01 lately: what stands here is what was last seen" in page


def test_the_past_of_a_server_is_shown_as_it_was(viewer: Person) -> None:
    found = rows(viewer.sees("servers/WAP01?at=2026-11-23T10:05Z"), "Findings")

    assert not any("is not in the intermediate store" in row for row in found)
