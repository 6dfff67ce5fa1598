"""The change log of a farm: by day, filtered, marked, paged; and what is different between two instants."""

import re

import pytest

from tests.bench import worlds
from tests.fakes.watched_farm import FARM, Person, WatchedFarm, links, rows, words

DAY = "Changes of Monday, 2026-11-23"


def test_what_began_ended_opened_and_closed_stands_last_first(viewer: Person) -> None:
    log = rows(viewer.sees("changes"), DAY)

    times = [row[:8] for row in log]
    assert times == sorted(times, reverse=True)
    assert any(row.startswith("10:10:05 critical opened WAP01") for row in log)
    assert any(row.startswith("10:40:05 closed was critical STS01") for row in log)
    assert any(row.startswith("10:40:00 changed STS01 service adfssrv state: stopped -> running") for row in log)


def test_each_change_says_who_saw_it(viewer: Person) -> None:
    log = rows(viewer.sees("changes"), DAY)

    assert any(row.startswith("10:10:00 gone WAP01") and row.endswith("certificate-stores") for row in log)
    assert all(row.endswith("the rules") for row in log if " opened " in row)


def test_the_first_change_before_a_failure_is_marked(viewer: Person) -> None:
    viewer.sees("first-changes")
    marked = [row for row in rows(viewer.sees("changes"), DAY) if "first change before" in row]

    assert any(row.startswith("10:10:00 gone WAP01") for row in marked)
    assert any("is not in the intermediate store" in row for row in marked)


@pytest.mark.parametrize(
    ("query", "some", "none"),
    [
        ("server=WAP01", "WAP01", "STS01"),
        ("kind=service", "adfssrv", "store-certificate"),
        ("kind=finding", "opened", "certificate-stores"),
        ("least=critical", "opened", "certificate-stores"),
        ("find=adfssrv", "adfssrv", "WAP01"),
    ],
)
def test_the_log_is_narrowed_by_what_stands_in_the_address(viewer: Person, query: str, some: str, none: str) -> None:
    log = rows(viewer.sees(f"changes?{query}"), DAY)

    assert log
    assert any(some in row for row in log)
    assert not any(none in row for row in log)


def test_each_change_leads_to_the_farm_at_its_instant(viewer: Person) -> None:
    viewer.sees("changes")

    assert re.search(rf'href="/farms/{FARM}\?at=2026-11-23T10%3A10%3A00', viewer.text)


def test_what_is_different_since_an_instant_leaves_out_what_came_and_went(viewer: Person) -> None:
    page = viewer.sees("changes?than=2026-11-23T10:05Z")

    came = rows(page, "Findings that came and went")
    facts = rows(page, "Facts that changed")
    assert any("new critical" in row and "is not in the intermediate store" in row for row in came)
    assert not any("STS01" in row for row in facts)  # its service is as it was
    assert any("WAP01" in row and row.endswith("gone") for row in facts)


def test_two_instants_in_the_wrong_order_are_refused_with_the_name_of_the_field(viewer: Person) -> None:
    page = viewer.sees("changes?than=2026-11-23T11:00Z&at=2026-11-23T10:30Z", status=400)

    assert "than: give an instant before the one that is shown" in words(page)


@pytest.mark.parametrize("query", ["since=soon", "kind=nonsense", "least=awful", "until=x"])
def test_what_is_no_filter_is_refused_with_the_name_of_the_field(viewer: Person, query: str) -> None:
    assert f"{query.split('=', maxsplit=1)[0]}: " in words(viewer.sees(f"changes?{query}", status=400))


def test_a_span_in_which_nothing_changed_says_so(viewer: Person) -> None:
    page = words(viewer.sees("changes?at=2026-11-23T10:04Z&since=-1m"))

    assert "Nothing changed in the 1 min until 2026-11-23 10:04Z" in page


def test_many_changes_of_one_instant_that_are_alike_are_one_row_that_opens(farm: WatchedFarm) -> None:
    farm.later(minutes=1)
    farm.put("STS01", *(worlds.service(f"Service{number:03}") for number in range(40)))

    log = rows(Person(farm).sees("changes"), DAY)
    assert any("new STS01 40 alike: service" in row for row in log)


def test_more_changes_than_a_page_holds_are_told_on_the_next_each_once(farm: WatchedFarm) -> None:
    for number in range(30):
        farm.later(minutes=1)
        farm.put("STS01", *(worlds.service(f"Service{each:02}", running=bool(number % 2)) for each in range(15)))
    person, seen = Person(farm), []

    page = person.sees("changes?kind=service")
    while True:
        seen += re.findall(r"(\d\d:\d\d:\d\d)</time>", person.text.split('id="view"')[1])
        link = re.search(r'href="([^"]+)">what was before that', person.text)
        if link is None:
            break
        page = person.sees(link[1].replace("&amp;", "&"))
    assert "That is all since" in words(page)
    assert sorted(set(seen), reverse=True) == list(dict.fromkeys(seen))  # in order, and no instant on two pages
    assert len(set(seen)) == 30


def test_the_log_is_a_file_too_with_its_filter_and_without_formulas(farm: WatchedFarm) -> None:
    farm.later(minutes=1)
    farm.put("STS01", worlds.service("=cmd()"))
    person = Person(farm)
    page = person.sees("changes?find=cmd")
    link = next(link for link in links(page) if "changes.csv" in link)

    lines = person.keeps(link).splitlines()
    assert lines[0].startswith("at,severity,servers,what,kind,key")
    assert [line.split(",")[2:6] for line in lines[1:]] == [["STS01", "began", "service", "'=cmd()"]]
