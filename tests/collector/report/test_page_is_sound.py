"""The page as a document: what a screen reader needs, and that nothing comes from elsewhere."""

import re
from itertools import pairwise

import pytest

from farmsight_collector import report as html
from tests.collector.report.conftest import Made
from tests.fakes.pages import read

LOADING = ("src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "style", "cite", "manifest")


def test_nothing_is_loaded_from_anywhere_and_links_stay_in_the_page(any_page: Made) -> None:
    for one in any_page.root.all():
        assert not {name for name in one.attributes if name in LOADING or name.startswith("on")}
        assert one.tag not in ("script", "iframe", "img", "link", "object", "embed", "base", "form")
        assert one.attributes.get("href", "#").startswith("#")
    assert "url(" not in any_page.page.partition("</style>")[0]
    assert "@import" not in any_page.page.partition("</style>")[0]


def test_each_link_leads_somewhere(any_page: Made) -> None:
    ids = {one.attributes.get("id") for one in any_page.root.all()}

    assert {one.attributes["href"].removeprefix("#") for one in any_page.root.all("a")} <= ids
    for one in any_page.root.all():
        assert set((one.attributes.get("aria-labelledby") or "").split()) <= ids


def test_the_policy_of_the_page_lets_in_its_own_style_and_nothing_else(sample: Made) -> None:
    policy = next(one for one in sample.root.all("meta") if "http-equiv" in one.attributes).attributes["content"]

    assert policy == (f"default-src 'none'; style-src '{html.style_hash()}'; base-uri 'none'; form-action 'none'")
    assert len(sample.root.all("style")) == 1


def test_headings_go_down_one_step_at_a_time(any_page: Made) -> None:
    levels = [int(one.tag[1]) for one in any_page.root.all("h1", "h2", "h3", "h4")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_there_are_landmarks_and_each_section_has_a_name(any_page: Made) -> None:
    body = any_page.root.all("body")[0]

    assert [one.tag for one in body.children] == ["a", "header", "main", "footer"]
    assert body.all("nav")[0].attributes["aria-label"]
    assert all(one.attributes.get("aria-labelledby") for one in any_page.root.all("section", "article"))
    assert any_page.root.all("html")[0].attributes["lang"] == "en"


def test_each_table_has_a_caption_and_each_heading_of_one_its_scope(any_page: Made) -> None:
    for table in any_page.root.all("table"):
        assert table.children[0].tag == "caption"
        assert table.children[0].text
        assert all(th.attributes.get("scope") for th in table.all("th"))
        assert all(len(tr.children) > 1 or tr.children[0].attributes.get("colspan") for tr in table.all("tr"))


def test_rows_of_a_table_are_as_wide_as_its_head(any_page: Made) -> None:
    for table in any_page.root.all("table"):
        widths, reaching = [], [0]
        for tr in table.all("tr"):
            own = sum(int(one.attributes.get("colspan") or 1) for one in tr.children)
            widths.append(own + len([rows for rows in reaching if rows > 0]))
            reaching = [rows - 1 for rows in reaching]
            reaching += [int(one.attributes.get("rowspan") or 1) - 1 for one in tr.children]
        assert len(set(widths)) == 1, (table.children[0].text, widths)


def test_what_scrolls_can_be_reached_with_the_keyboard(any_page: Made) -> None:
    for one in any_page.root.all("div"):
        if "scroll" in (one.attributes.get("class") or "").split():
            assert one.attributes["tabindex"] == "0"
            assert one.attributes["role"] == "region"
            assert one.attributes["aria-label"]


def test_each_cell_of_a_matrix_says_its_state_in_words_and_names_its_file_and_line(sample: Made) -> None:
    grids = [one for one in sample.root.all("table") if one.attributes.get("class") == "grid"]
    assert len(grids) == 2
    for cell in (td for grid in grids for td in grid.all("td")):
        state = (cell.attributes["class"] or "").removeprefix("s-")
        assert cell.text.startswith(
            {"ok": "✓good:", "bad": "✕fails:", "unknown": "?not known:", "none": "\N{EN DASH} "}[state]
        )
        assert state == "none" or re.search(r"file \d+:\d+$", cell.text)


@pytest.mark.parametrize("page", ["<p>a<div>b</div></p>", "<b><i>x</b></i>", "<div>", "<ul><p>x</p></ul><li>y</li>"])
def test_the_reader_of_these_tests_refuses_what_is_nested_wrongly(page: str) -> None:
    with pytest.raises(AssertionError):
        read(page)
