"""The page of one finding: its whole life with the proof of each turn, also when it is over."""

import re

from tests.fakes.pages import Element
from tests.fakes.watched_farm import FARM, Person, links, words


def finding(viewer: Person, title: str, path: str = "") -> str:
    """Return the path of a finding by its title, as the farm's page has it."""
    page = viewer.sees(path)
    found = next(one for one in page.all("details") if title in one.text and "cause" in str(one.attributes["class"]))
    return f"/farms/{FARM}/findings/{str(found.attributes['id']).removeprefix('f-')}"


def life(page: Element) -> list[str]:
    found = next(one for one in page.all("ol") if one.attributes.get("class") == "life")
    return [one.text for one in found.all("li") if str(one.attributes.get("class", "")).startswith("m-")]


def test_an_open_finding_tells_when_it_opened_and_which_fact_turned_just_then(viewer: Person) -> None:
    page = viewer.sees(finding(viewer, "is not in the intermediate store"))

    opened = life(page)[0]
    assert opened.startswith("2026-11-23 10:10:05Z critical opened")
    assert "gone: CN=Contoso Issuing CA 1" in opened
    assert "on WAP01" in opened
    assert "First change before it: 2026-11-23 10:10Z" in words(page)


def test_a_finding_that_is_over_says_so_with_what_ended_it(viewer: Person) -> None:
    path = finding(viewer, "STS01", "/farms/sts.contoso.com?at=2026-11-23T10:30Z&server=STS01&least=critical")

    page = viewer.sees(path)
    assert "closed" in words(page)
    assert "As of 2026-11-23 11:10Z this is closed; what stands here is what was last known of it." in words(page)
    told = life(page)
    assert told[0].startswith("2026-11-23 10:40:05Z closed")
    assert "state: stopped -> running" in told[0]
    assert any(one.startswith("2026-11-23 10:20:05Z") and "opened" in one for one in told)


def test_a_finding_of_the_past_is_open_on_the_page_of_then(viewer: Person) -> None:
    path = finding(viewer, "STS01", "/farms/sts.contoso.com?at=2026-11-23T10:30Z&server=STS01&least=critical")

    page = words(viewer.sees(f"{path}?at=2026-11-23T10:30Z"))
    assert "is closed" not in page
    assert "Open since" in page


def test_every_fact_leads_to_what_became_of_it(viewer: Person) -> None:
    page = viewer.sees(finding(viewer, "is not in the intermediate store"))

    assert any(re.search(r"/changes\?server=\w+&kind=store-certificate&find=CA", link) for link in links(page))


def test_the_rule_behind_it_says_what_it_reads_and_from_where_that_comes(viewer: Person) -> None:
    page = words(viewer.sees(finding(viewer, "is not in the intermediate store")))

    for said in ("The rule store.issuing-ca-missing", "What people see", "Reads", "Source"):
        assert said in page


def test_the_page_leads_to_the_farm_when_it_began(viewer: Person) -> None:
    page = viewer.sees(finding(viewer, "is not in the intermediate store"))

    assert any(link.startswith(f"/farms/{FARM}?at=2026-11-23T10%3A10") for link in links(page))


def test_a_finding_that_never_was_is_not_found(viewer: Person) -> None:
    assert "There is no finding" in words(viewer.sees("findings/0123456789abcdef", status=404))


def test_a_hostile_subject_is_text_in_its_own_page(viewer: Person) -> None:
    viewer.sees(finding(viewer, "is in the trusted root store"))

    assert "<script>alert" not in viewer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in viewer.text
