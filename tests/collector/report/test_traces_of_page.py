"""The sign-ins in the page: the answer, which pairs fail and by what, and that nothing in them speaks as the page."""

from hypothesis import HealthCheck, given, settings

from farmsight_collector.report import render
from tests.collector.report.conftest import Made
from tests.collector.report.test_hostile_page import HOSTILE, outline, spoiled
from tests.fakes.pages import Element, read


def section(page: Made, name: str) -> Element:
    return next(one for one in page.root.all("section") if one.attributes["aria-labelledby"] == name)


def rows(of: Element, caption: str) -> list[list[str]]:
    table = next(one for one in of.all("table") if caption in one.children[0].text)
    return [[cell.text for cell in tr.children] for tr in table.all("tr")]


def test_the_answer_stands_above_the_causes(traced: Made) -> None:
    names = [one.attributes["aria-labelledby"] for one in traced.root.all("section")]
    first = section(traced, "trace-1")

    assert names[:3] == ["trace-1", "trace-2", "causes"]
    assert next(one for one in first.all("p") if "verdict" in one.attributes["class"]).text.endswith(
        "WAP02 cannot build the chain"
    )
    assert any(one.attributes.get("href") == "#trace-1" for one in traced.root.all("nav")[0].all("a"))


def test_what_fails_says_why_and_what_people_see(traced: Made) -> None:
    [card] = section(traced, "trace-1").all("article")

    for said in (
        "wap-chain",
        "WAP02",
        "as system",
        "STORE-03",
        "is in no store of WAP02",
        "The user sees: no certificate",
    ):
        assert said in card.text, said
    assert "store.issuing-ca-missing" in card.text


def test_a_finding_of_the_same_code_is_led_to(traced: Made) -> None:
    codes = {one["code"] for one in traced.document["findings"]}
    links = [one for one in section(traced, "trace-1").all("article")[0].all("a") if "f-" in one.attributes["href"]]

    assert bool(links) is ("store.issuing-ca-missing" in codes)


def test_the_table_of_pairs_shows_which_fail_and_leads_to_what_decides(traced: Made) -> None:
    table = rows(section(traced, "trace-1"), "extranet: which servers pass")

    assert [[cell.split() for cell in row] for row in table] == [
        [["via"], ["STS01"], ["STS02"]],
        [["WAP01"], ["✓", "passes"], ["?", "unknown", "2"]],
        [["WAP02"], ["✕", "fails", "1"], ["✕", "fails", "1"]],
    ]


def test_a_farm_of_625_pairs_is_a_small_table(traced: Made) -> None:
    table = rows(section(traced, "trace-2"), "extranet: which servers pass")

    assert len(table) == 3
    assert len(table[0]) == 2
    assert len(traced.page) < 800_000


def test_every_hop_is_there_with_its_chain_and_crl(traced: Made) -> None:
    table = rows(section(traced, "trace-1"), "every hop")

    assert [row[0] for row in table[1:]].count("wap-chain") == 2
    [told] = [row for row in table if row[:2] == ["wap-chain", "WAP01 as system"]]
    assert "chain 1 of 1: passes" in told[3]
    assert "revocation: fetched http://pki.contoso.com/issuing.crl: number 12, until 2026-" in told[3]


def test_without_a_certificate_the_page_has_no_such_part(sample: Made) -> None:
    assert not [one for one in sample.root.all("section") if one.attributes["aria-labelledby"].startswith("trace")]
    assert not [one for one in sample.root.all("a") if one.attributes.get("href", "").startswith("#trace")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile=HOSTILE)
def test_no_text_of_a_trace_adds_or_takes_markup(traced: Made, hostile: str) -> None:
    assert outline(read(render(spoiled(traced.view, hostile)))) == outline(traced.root)
