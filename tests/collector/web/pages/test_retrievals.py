"""The page of retrievals: what each cell says, filters, folding, a span, and one cell in full."""

import re
from collections.abc import Iterator

import pytest

from farmsight_collector.shown.alike import row_id
from farmsight_wire.v1 import facts_pb2 as pb
from tests.bench import worlds
from tests.fakes.pages import Element
from tests.fakes.watched_farm import Person, WatchedFarm, links, words

EVIL = 'http://pki0.contoso.com/"><img src=x onerror=y>\u202elrc.' + "a" * 300
BASE = worlds.retrieval(0, "system").retrieval.url
OPEN = f"WAP01/network-service/{row_id(f'crl {BASE}')}"


def failing(number: int, context: str, outcome: str) -> pb.Fact:
    fact = worlds.retrieval(number, context)
    url, purpose = fact.retrieval.url, fact.retrieval.purpose
    fact.retrieval.Clear()
    fact.retrieval.url, fact.retrieval.purpose = url, purpose
    fact.retrieval.outcome = pb.RetrievalOutcome.Value(f"RETRIEVAL_OUTCOME_{outcome}")
    hop = fact.retrieval.hops.add(url=url, address="10.0.4.17", http_status=302, location="https://login/")
    hop.addresses_tried.append("10.0.4.18")
    fact.retrieval.platform_wire.error = "0x80190197"
    return fact


def hostile() -> pb.Fact:
    fact = worlds.retrieval(0, "system")
    fact.retrieval.url, fact.key = EVIL, f"crl {EVIL}"
    return fact


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Yield somebody who looks at a farm in which WAP01's account lost the way to a CRL ten minutes ago."""
    farm = WatchedFarm(tmp_path_factory.mktemp("retrievals") / "data")
    for name in farm.servers:
        contexts = ("system", "adfs-service") if name.startswith("STS") else ("system", "network-service")
        farm.put(name, *(worlds.retrieval(number, context) for context in contexts for number in range(3)))
    farm.put("STS01", hostile())
    farm.later(minutes=20)
    farm.put("WAP01", failing(0, "network-service", "PROXY_AUTHENTICATION"))
    farm.later(minutes=10)
    farm.judge()
    yield Person(farm)
    farm.store.close()


def cells(page: Element) -> dict[str, str]:
    found = (one for one in page.all("a") if "data-cell" in one.attributes)
    return {str(one.attributes["data-cell"]): one.text for one in found}


def keys(page: Element) -> list[str]:
    return [one.text for one in page.all("th") if one.attributes.get("scope") == "row"]


def test_a_cell_is_named_in_words_and_the_failing_one_says_why(person: Person) -> None:
    found = cells(person.sees("retrievals"))

    assert found[OPEN] == "✕ fails the proxy demands authentication"
    assert found[OPEN.replace("WAP01", "WAP02")].startswith("✓ good 48 kB")


def test_the_worst_comes_first_or_all_by_name(person: Person) -> None:
    worst = keys(person.sees("retrievals"))
    by_name = keys(person.sees("retrievals?sort=name"))

    assert "200.crl" in worst[0]
    assert "1 fails" in worst[0]
    assert sorted(worst) == sorted(by_name)


@pytest.mark.parametrize(
    ("query", "count"),
    [("find=200.crl", 1), ("purpose=delta", 1), ("show=bad", 1), ("show=differs", 1), ("show=unknown", 0), ("", 4)],
)
def test_what_the_address_asks_for_is_shown(person: Person, query: str, count: int) -> None:
    page = person.sees(f"retrievals?{query}")

    assert len(keys(page)) == count
    assert count or "None of the 4 URLs is of this kind" in words(page)


def test_servers_that_are_alike_stand_in_one_column_when_asked_for(person: Person) -> None:
    page = words(person.sees("retrievals?fold=yes&role=wap&purpose=delta"))

    assert "WAP01 and 1 alike" in page
    assert "2 accounts" not in page  # of the farm, all are counted
    assert "4 accounts of servers in 2 columns" in page


def test_one_stop_of_the_tab_key_leads_into_the_grid(person: Person) -> None:
    page = person.sees("retrievals")
    stops = [one.attributes["tabindex"] for one in page.all("a") if "data-cell" in one.attributes]

    assert stops[0] == "0"
    assert set(stops[1:]) == {"-1"}
    assert [one.attributes.get("role") for one in page.all("table")] == ["grid"]


def test_over_a_day_the_share_is_of_what_is_known(person: Person) -> None:
    found = cells(person.sees("retrievals?over=1d"))

    assert re.fullmatch(r"✕fails: 6\d\.\d % \d\.\d % known", found[OPEN])
    assert found[OPEN.replace("WAP01", "WAP02")].startswith("✓good: 100 %")


def test_a_cell_opens_with_its_hops_and_windows_own_answer_beside_ours(person: Person) -> None:
    part = person.sees(f"retrievals/cell?open={OPEN}").text

    assert "10.0.4.17" in part
    assert "10.0.4.18" in part
    assert "https://login/" in part
    assert "Windows, over the wire ✕ 0x80190197" in part
    assert "the proxy demands authentication" in part


def test_its_stretches_of_time_say_when_it_turned(person: Person) -> None:
    part = person.sees(f"retrievals/cell?open={OPEN}&over=1d").text

    assert "2026-11-23 10:20Z 2026-11-23 10:30Z 10 min ✕ fails the proxy demands authentication" in part
    assert "2026-11-23 10:00Z 2026-11-23 10:20Z 20 min ✓ good" in part
    assert "? not known no report says anything of this time" in part


def test_an_address_with_an_open_cell_shows_it_without_any_script(person: Person) -> None:
    page = person.sees(f"retrievals?open={OPEN}")
    chosen = [
        one for one in page.all("a") if one.attributes.get("aria-current") == "true" and "data-cell" in one.attributes
    ]

    assert [one.attributes["data-cell"] for one in chosen] == [OPEN]
    assert "The last attempt" in words(page)


def test_an_address_that_is_older_than_the_farm_says_what_is_not_there(person: Person) -> None:
    assert "GONE01 fetched no such URL" in words(person.sees("retrievals?open=GONE01/system/0123"))
    assert "open: SERVER/ACCOUNT/ROW" in words(person.sees("retrievals?open=x"))


def test_before_the_failure_it_was_good_and_before_any_report_nothing_is_known(person: Person) -> None:
    found = cells(person.sees("retrievals?at=2026-11-23T10:10Z"))
    assert found[OPEN].startswith("✓ good 48 kB")

    assert "nothing is known of any retrieval then" in words(person.sees("retrievals?at=2026-11-23T09:00Z"))


def test_a_silent_server_is_stale_and_not_good(person: Person) -> None:
    person.farm.later(heard=False, hours=3)
    try:
        found = cells(person.sees("retrievals"))
        assert found[OPEN].startswith("◷ stale last seen")
        assert "it was then: the proxy demands authentication" in found[OPEN]
    finally:
        person.farm.later(heard=False, hours=-3)


def test_a_hostile_url_is_text_wherever_it_stands(person: Person) -> None:
    page = person.sees("retrievals?find=lrc")

    assert "<img" not in person.text
    assert "\u202e" not in person.text
    assert len(keys(page)) == 1
    part = person.sees(f"retrievals/cell?open=STS01/system/{row_id(f'crl {EVIL}')}")
    assert "<img" not in person.text
    assert '"><img src=x onerror=y>' in part.text


def test_links_keep_what_was_chosen(person: Person) -> None:
    page = person.sees("retrievals?purpose=crl&over=7d&at=2026-11-23T10:25Z")
    opening = [link for link in links(page) if "open=" in link]

    assert opening
    assert all("purpose=crl" in link and "over=7d" in link and "at=" in link for link in opening)


def test_a_word_that_is_none_of_ours_is_refused(person: Person) -> None:
    assert "over: one of" in person.sees("retrievals?over=9y", status=400).text
