"""The page that compares: servers, instants, farms; the odd ones, and both sides of a cell."""

import pytest

from farmsight_collector.shown.alike import row_id
from tests.bench import reevaluation, worlds
from tests.collector.web.pages.conftest import EVIL
from tests.fakes.pages import Element
from tests.fakes.watched_farm import ISSUING, Person, WatchedFarm, links, words

ROW = f"store-certificate/{row_id('store-certificate', '', ISSUING)}"


def cells(page: Element) -> dict[str, str]:
    found = (one for one in page.all("a") if "data-cell" in one.attributes)
    return {str(one.attributes["data-cell"]): one.text for one in found}


def test_the_server_that_lacks_the_issuing_ca_stands_out_by_sign_and_word(viewer: Person) -> None:
    page = viewer.sees("compare")
    found = cells(page)

    assert found[f"WAP01/{ROW}"] == "≠odd one out: absent"
    assert found[f"STS01/{ROW}"] == "=as most have"
    row = next(one for one in page.all("tr") if ISSUING in one.text)
    assert "critical" in row.text
    assert "3 of 5" in row.text


def test_what_may_differ_is_shown_when_it_is_asked_for(viewer: Person) -> None:
    matters, differs, everything = (
        len(cells(viewer.sees(f"compare?show={show}"))) for show in ("matters", "differs", "all")
    )

    assert matters < differs < everything


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("role=wap", True),
        ("role=adfs", False),
        ("kind=store-certificate", True),
        ("kind=tls-binding", False),
        ("find=lacks+it", True),
        ("least=critical", True),
        ("find=no+such+words", False),
    ],
)
def test_filters_stand_in_the_address(viewer: Person, query: str, seen: bool) -> None:
    found = cells(viewer.sees(f"compare?{query}"))

    assert (f"WAP01/{ROW}" in found) is seen


def test_a_theme_is_folded_by_a_link_and_stays_folded(viewer: Person) -> None:
    page = viewer.sees("compare")
    fold = next(link for link in links(page) if "closed=Certificate" in link)
    folded = viewer.sees(fold)

    assert f"WAP01/{ROW}" not in cells(folded)
    assert "▸ Certificate stores" in words(folded)
    assert "up to critical" in words(folded)


def test_a_cell_opens_both_sides_with_their_history_and_the_finding(viewer: Person) -> None:
    part = viewer.sees(f"compare/cell?open=WAP01/{ROW}").text

    assert "WAP01 absent" in part
    assert "and 2 alike" in part
    assert "until 2026-11-23 10:10Z" in part
    assert "Issuing CA 1 is not in the intermediate store" in part
    assert "Judged by store.issuing-ca-missing" in part


def test_fields_that_differ_come_first_and_are_marked(viewer: Person) -> None:
    part = viewer.sees(f"compare/cell?kind=service&open=STS01/service/{row_id('service', '', 'adfssrv')}")

    assert "process id" not in part.text or "≠ differs: process id" in part.text
    assert "The last 30 days" in part.text


def test_the_farm_then_and_now_side_by_side(viewer: Person) -> None:
    page = viewer.sees("compare?by=then&then=2026-11-23T10:05Z")

    assert "sts.contoso.com at 2026-11-23 10:05Z" in words(page)
    row = next(one for one in page.all("tr") if ISSUING in one.text)
    assert "on 3 of 5 servers" in row.text


def test_one_server_then_and_now_and_its_cell(viewer: Person) -> None:
    page = viewer.sees("compare?by=then&then=2026-11-23T10:05Z&server=WAP01")
    name = next(one for one in cells(page) if one.endswith(ROW) and "10:05" in one)
    part = viewer.sees(f"compare/cell?by=then&then=2026-11-23T10:05Z&server=WAP01&open={name}").text

    assert "WAP01 at 2026-11-23 10:05Z" in part
    assert "absent" in part


def test_an_instant_without_the_server_says_so_and_offers_another(viewer: Person) -> None:
    page = words(viewer.sees("compare?by=then&then=2026-11-20T10:05Z&server=WAP01"))

    assert "There was no server 'wap01' at 2026-11-20 10:05z" in page or "no server 'WAP01'" in page
    assert "Choose another side" in page


def test_where_there_is_one_farm_no_other_is_offered(viewer: Person) -> None:
    page = viewer.sees("compare")

    assert "two farms" not in words(page)
    assert "no other farm" in words(viewer.sees("compare?by=farm"))


def test_another_farm_stands_beside_this_one_when_there_is_one(farm: WatchedFarm) -> None:
    reevaluation.fill(farm.store, "sts.fabrikam.com", worlds.small(1, 1), farm.clock.at)
    person = Person(farm)
    page = person.sees("compare?by=farm&other=sts.fabrikam.com&show=all&kind=store-certificate")

    assert "sts.contoso.com and sts.fabrikam.com" in words(page)
    assert any("on 3 of 5 servers" in one.text for one in page.all("tr") if ISSUING in one.text)
    opened = next(one for one in cells(page) if one.startswith("sts.fabrikam.com/") and one.endswith(ROW))
    part = person.sees(f"compare/cell?by=farm&other=sts.fabrikam.com&open={opened}").text
    assert "sts.fabrikam.com" in part
    assert "not shown" in words(person.sees("compare?by=farm&other=nobody&open=x/host/ab"))


def test_before_anybody_reported_there_is_nothing_to_compare(viewer: Person) -> None:
    assert "nothing can be compared" in words(viewer.sees("compare?at=2026-11-23T09:00Z"))


def test_a_hostile_name_is_text(viewer: Person) -> None:
    page = viewer.sees("compare?show=differs&kind=store-certificate")

    assert "<script>alert" not in viewer.text
    assert "\u202e" not in viewer.text
    assert "CN=<script>alert(1)</script>" in words(page)
    assert EVIL not in viewer.text


@pytest.mark.parametrize(
    "open_",
    ["x", "WAP01/no-such-kind/ab", f"NOBODY/{ROW}", "WAP01/service/0123456789ab"],
    ids=["no address", "no such kind", "no such server", "no such key"],  # the row's own name differs by run
)
def test_an_address_with_a_cell_that_is_not_there_says_so(viewer: Person, open_: str) -> None:
    page = words(viewer.sees(f"compare?open={open_}"))

    assert "not shown" in page
