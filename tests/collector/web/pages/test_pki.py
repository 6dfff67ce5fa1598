"""The page of the farm's PKI."""

from collections.abc import Iterator
from hashlib import sha256

import pytest

from farmsight_collector.shown.alike import row_id
from farmsight_collector.store import blobs
from farmsight_wire.v1 import facts_pb2 as pb
from tests.bench.worlds import NOW
from tests.fakes import pki
from tests.fakes.pages import Element
from tests.fakes.watched_farm import Person, WatchedFarm, rows, words

EVIL = pki.make("<script>alert(1)</script>\u202e", pki.ROOT)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Yield somebody who looks at a farm with a CA that WAP02 lacks, and one whose name is a script's."""
    farm = WatchedFarm(tmp_path_factory.mktemp("pki") / "data")
    with farm.store.write() as connection:
        for one in (pki.ROOT, pki.ISSUING, EVIL):
            blobs.put(connection, sha256(one.der).digest(), one.der, NOW)
    for name in farm.servers:
        farm.put(name, pki.stored("ROOT", pki.ROOT), pki.stored("CA", EVIL))
        if name != "WAP02":
            farm.put(name, pki.stored("CA", pki.ISSUING))
        context = "adfs-service" if name.startswith("STS") else "network-service"
        if name == "OUT01":
            continue
        farm.put(name, pki.retrieval(pki.ISSUING_URL, context, named_by=(pki.ISSUING,), body=pki.crl(pki.ISSUING)))
    farm.put("STS01", pki.tenant(pki.ROOT, root=True), pki.tenant(pki.ISSUING, crl_url=pki.ISSUING_URL))
    farm.put("STS02", pki.stored("ROOT", pki.ISSUING))
    farm.put("WAP01", cached("09"))
    farm.later(minutes=10)
    farm.judge()
    yield Person(farm)
    farm.store.close()


def cached(number: str) -> pb.Fact:
    value = pb.UrlCacheEntry(url=pki.ISSUING_URL, crl=pki.crl(pki.ISSUING, number=number))
    value.expires_at.CopyFrom(value.crl.next_update)
    return pb.Fact(key=pki.ISSUING_URL, context=pb.CONTEXT_NETWORK_SERVICE, url_cache=value)


def row(page: Element, text: str) -> str:
    return next(one.text for one in page.all("tr") if text in one.text)


def test_the_tree_says_where_a_ca_stands_where_it_stands_wrongly_and_where_it_lacks(person: Person) -> None:
    shown = row(person.sees("pki"), f"key {pki.summary(pki.ISSUING).subject_key_identifier[:16]}")

    assert "level 2:" in shown
    assert "CA registry: 4 servers OUT01, STS01, STS02, WAP01" in shown
    assert "ROOT registry: STS02 critical: non root in root" in shown
    assert "missing in CA on WAP02" in shown


def test_a_crl_has_its_times_in_figures_beside_the_picture(person: Person) -> None:
    shown = row(person.sees("pki"), pki.ISSUING_URL)

    assert "✓ current number 0a" in shown
    assert "2026-11-29 10:00Z" in shown
    assert "due in 5 d 11 h" in shown
    assert "4 accounts" in shown
    assert "1 cached, the first lets go 2026-11-29 10:00Z" in shown


def test_the_picture_has_a_bar_a_diamond_marks_of_fetches_and_now(person: Person) -> None:
    person.sees("pki")
    svg = person.text.split('<svg class="lists"', 1)[1].split("</svg></td>", 1)[0]

    assert 'class="list s-ok"' in svg
    assert 'class="publish"' in svg
    assert 'class="fetch"' in svg
    assert 'class="cache s-warning"' in svg
    assert 'class="now"' in svg


def test_the_tenants_side_and_the_farms_stand_beside_each_other(person: Person) -> None:
    page = person.sees("pki")

    listed = [one for one in rows(page, "The tenant's issuers") if pki.ISSUING_URL in one]
    assert len(listed) == 1
    assert f"{pki.ISSUING.subject} both intermediate classic" in listed[0]


def test_what_ends_first_is_sorted_by_its_end(person: Person) -> None:
    ends = [one.split()[0] for one in rows(person.sees("pki?all=1"), "What ends first")]

    assert ends == sorted(ends)


def test_a_ca_opens_with_its_certificates_and_servers(person: Person) -> None:
    part = person.sees(f"pki/one?open=ca/{pki.ISSUING.sha1}").text

    assert pki.ISSUING.sha1 in part.replace(" ", "")
    assert "missing in CA on WAP02" in part
    assert "issued" in part.lower()


def test_a_crl_opens_with_who_was_given_it_when_and_what_is_cached(person: Person) -> None:
    part = person.sees(f"pki/one?open=crl/{row_id(f'crl {pki.ISSUING_URL}')}").text

    assert "Number 0a the newest that anybody was given" in part
    assert "WAP02 network-service 2026-11-23 10:00Z" in part
    assert "09 older than what is served" in part


@pytest.mark.parametrize("span", ["2d", "14d", "60d", "400d"])
def test_the_line_of_time_is_as_long_as_asked_for(person: Person, span: str) -> None:
    assert "CRLs in time" in words(person.sees(f"pki?span={span}"))


def test_a_filter_narrows_every_table_and_says_so_where_nothing_is_left(person: Person) -> None:
    page = words(person.sees("pki?find=no+such+name"))

    assert "No CA is named so" in page
    assert "No CRL is named so" in page


def test_before_any_report_nothing_is_known(person: Person) -> None:
    page = words(person.sees("pki?at=2026-11-23T09:00Z"))

    assert "nothing is known of any CA then" in page
    assert "not known what the tenant lists" in page


def test_a_hostile_name_is_text(person: Person) -> None:
    page = person.sees("pki")

    assert "<script>alert" not in person.text
    assert "\u202e" not in person.text
    assert "CN=\\<script\\>alert(1)\\</script\\>" in words(page)
    person.sees(f"pki/one?open=ca/{EVIL.sha1}")
    assert "<script>alert" not in person.text


@pytest.mark.parametrize("open_", ["x", "ca/00", "crl/00", "ca/"])
def test_an_address_with_something_that_is_not_there_says_so(person: Person, open_: str) -> None:
    assert "not shown" in words(person.sees(f"pki?open={open_}"))
