"""The page of a farm: the verdict, causes with all that a reader needs, what changed, what is not known."""

import pytest
from sqlalchemy import delete

from farmsight_collector.store import schema
from tests.collector.web.pages.conftest import EVIL
from tests.fakes.pages import Element
from tests.fakes.watched_farm import Person, WatchedFarm, links, rows, words


def cause(page: Element, title: str) -> Element:
    return next(one for one in page.all("details") if title in one.text and "cause" in str(one.attributes.get("class")))


def test_the_verdict_stands_on_top_in_one_line(viewer: Person) -> None:
    verdict = next(one for one in viewer.sees().all("p") if "verdict" in str(one.attributes.get("class")))

    assert verdict.text.startswith("critical certificate sign-in is broken: ")
    assert "(and 4 more); 68 things are not known" in verdict.text


def test_a_cause_tells_who_why_since_when_and_what_to_do_with_check_and_undo(viewer: Person) -> None:
    one = cause(viewer.sees(), "Issuing CA 1 is not in the intermediate store")

    assert "WAP01" in one.text
    assert "store.issuing-ca-missing" in one.text
    for said in ("Look first:", "Then:", "To undo it:", "PowerShell", "Evidence"):
        assert said in one.text
    assert any("-addstore CA" in code.text for code in one.all("code"))


def test_commands_that_are_copied_have_their_lines_apart_and_no_mark_between_them(viewer: Person) -> None:
    viewer.sees()
    commands = viewer.text.split('<div class="copyable"><pre><code>')[1:]

    assert any("\n" in one.split("</code>")[0] for one in commands)
    assert not any("\u21b5" in one.split("</code>")[0] for one in commands)


def test_the_first_change_before_a_cause_is_there_once_it_was_looked_for(viewer: Person) -> None:
    found = viewer.sees("first-changes")

    assert "First change before it: 2026-11-23 10:10Z" in found.text
    assert "gone: CN=Contoso Issuing CA 1" in found.text
    page = viewer.sees()
    assert "data-look" not in viewer.text  # it is known now
    assert "since 2026-11-23 10:10Z (1 h ago)" in cause(page, "is not in the intermediate store").text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("server=WAP01", ["is not in the intermediate store"]),
        ("server=wap01&least=critical", ["is not in the intermediate store"]),
        ("server=STS02", ["is in the trusted root store"]),
        ("find=STORE-03", ["is not in the intermediate store"]),
        ("find=no+such+words", []),
    ],
)
def test_causes_are_narrowed_by_what_stands_in_the_address(viewer: Person, query: str, shown: list[str]) -> None:
    page = viewer.sees(f"/farms/sts.contoso.com?{query}")
    causes = [one.text for one in page.all("details") if "cause" in str(one.attributes.get("class"))]

    assert len([one for one in causes if any(title in one for title in shown)]) == len(shown)
    assert len(shown) > 0 or "None of the" in words(page)
    if query.startswith("server"):
        assert all(query.split("&", maxsplit=1)[0].split("=")[1].lower() in one.lower() for one in causes)


def test_another_instant_shows_the_farm_of_then_with_the_same_words(viewer: Person) -> None:
    page = viewer.sees("/farms/sts.contoso.com?at=2026-11-23T10:05Z")

    assert "is not in the intermediate store" not in words(page)
    assert "You see the farm as of 2026-11-23 10:05Z" in page.text
    assert all("at=2026-11-23T10" in link for link in links(page) if "/servers/" in link)


def test_before_anybody_reported_nothing_is_claimed(viewer: Person) -> None:
    page = words(viewer.sees("/farms/sts.contoso.com?at=2026-11-23T09:00Z"))

    assert "nothing is known: no server reports" in page
    assert "No server reported by 2026-11-23 09:00Z" in page


def test_where_what_was_known_is_too_old_to_be_kept_nothing_is_claimed(farm: WatchedFarm) -> None:
    with farm.store.write() as connection:  # as pruning does with the runs of long ago
        connection.execute(delete(schema.coverage))
        connection.execute(delete(schema.findings))
    page = words(Person(farm).sees())

    assert "nothing is known: no fact of a server is here" in page
    assert "nothing wrong is known" not in page


def test_what_changed_in_the_last_day_is_told_with_who_saw_it(viewer: Person) -> None:
    changed = rows(viewer.sees(), "What changed in the last day")

    assert any("closed" in row and "10:40:05" in row for row in changed)
    assert any("10:10:00" in row and "gone" in row and "certificate-stores" in row for row in changed)


def test_servers_stand_by_how_bad_it_is_with_a_way_to_each(viewer: Person) -> None:
    page = viewer.sees()

    servers = rows(page, "Servers")
    assert len(servers) == 5  # one looks from outside
    assert "critical" in servers[0]
    assert "/farms/sts.contoso.com/servers/WAP01" in links(page)


def test_what_is_not_known_has_a_reason_and_the_rules_that_cannot_tell(viewer: Person) -> None:
    unknown = rows(viewer.sees(), "What is not known, by reason")

    assert unknown
    assert any("no run of" in row and "rule" in row for row in unknown)


def test_hostile_names_stay_text(viewer: Person) -> None:
    page = viewer.sees()

    assert "<script>alert(1)</script>" in words(page)  # as words
    assert "<script>alert" not in viewer.text
    assert "<img" not in viewer.text
    assert "\u202e" not in viewer.text
    assert EVIL[:20] in words(page)


def test_a_viewer_is_offered_nothing_to_change(viewer: Person) -> None:
    viewer.sees()

    assert "acknowledge" not in viewer.text.lower().replace("may look, acknowledge and enrol", "")
    assert "hold alerts back" not in viewer.text


def test_a_farm_that_is_not_here_is_said_so(viewer: Person) -> None:
    assert "There is no farm" in words(viewer.sees("/farms/sts.fabrikam.com", status=404))


def test_a_filter_that_is_none_is_said_so_by_its_name(viewer: Person) -> None:
    assert "least: one of" in words(viewer.sees("/farms/sts.contoso.com?least=awful", status=400))


def test_an_agent_that_fell_silent_shows_in_the_facts_of_the_farm(farm: WatchedFarm) -> None:
    farm.later(hours=3, heard=False)
    farm.judge()

    assert "5 not heard of" in words(Person(farm).sees())
