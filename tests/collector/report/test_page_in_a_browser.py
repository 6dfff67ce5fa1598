"""The page as Chromium has it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.report.conftest import Made
from tests.fakes import chromium
from tests.fakes.chromium import Page

pytestmark = pytest.mark.timeout(120)

# Every text that is seen, with the contrast of its colour and the nearest ground below it.
CONTRASTS = """(() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const found = parts(getComputedStyle(one).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const poor = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; text = walk.nextNode();) {
    const one = text.parentElement;
    if (!text.data.trim() || !one.checkVisibility({contentVisibilityAuto: true})) continue;
    const [low, high] = [light(parts(getComputedStyle(one).color)), light(ground(one))].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) poor.push(one.tagName + ": " + text.data.trim().slice(0, 60));
  }
  return poor;
})()"""
OVERFLOWING = """[...document.querySelectorAll('body *')]
  .filter(one => !one.closest('.scroll, .heard, .skip') && one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.tagName + ' ' + one.className + ' ' + one.textContent.slice(0, 60))"""
HIDDEN = """[...document.querySelectorAll('{0}:not([open]) > :not(summary)')]
  .filter(one => !one.parentElement.parentElement.closest('details:not(.printed)'))
  .filter(one => !one.checkVisibility({{contentVisibilityAuto: true}})).length"""
A4 = (594.95996, 841.91998)  # points, as Chromium rounds them
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium.page() as page:
        yield page


@pytest.fixture
def file(any_page: Made, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(any_page.page, encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_the_page_fits_is_readable_and_complains_of_nothing(browser: Page, file: Path, width: int, dark: bool) -> None:
    browser.load(file, width=width, dark=dark)
    browser.value(OPEN_ALL)

    assert browser.value("innerWidth") == width
    assert browser.value(OVERFLOWING) == []
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(CONTRASTS) == []
    assert browser.complaints == []
    assert browser.requested == [file.as_uri()]


def test_the_style_is_let_in_by_the_pages_own_policy(browser: Page, file: Path) -> None:
    browser.load(file)
    assert browser.value("getComputedStyle(document.querySelector('.verdict')).borderLeftWidth") == "6px"

    other = file.with_name("other.html")
    other.write_text(file.read_text().replace("border-left-width: 6px", "border-left-width: 7px"))
    browser.load(other)
    assert browser.value("getComputedStyle(document.querySelector('.verdict')).borderLeftWidth") == "0px"
    assert any("Content Security Policy" in one for one in browser.complaints)


def test_the_keyboard_leads_past_the_header_and_its_place_is_seen(browser: Page, file: Path) -> None:
    browser.load(file)
    for kind in ("keyDown", "keyUp"):
        browser.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    assert browser.value("document.activeElement.textContent") == "Skip to the causes"
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert browser.value("document.activeElement.getBoundingClientRect().left") >= 0


def test_a_screen_reader_finds_landmarks_headings_and_tables_with_names(browser: Page, file: Path) -> None:
    browser.load(file)
    nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
    named = [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes if not one["ignored"]]

    assert {"banner", "navigation", "main", "contentinfo", "region"} <= {role for role, _ in named}
    assert all(name for role, name in named if role in ("table", "region", "navigation", "article", "heading"))
    assert [role for role, _ in named].count("table") >= 3


def test_the_page_can_be_printed_on_a4_in_light_colours(browser: Page, file: Path) -> None:
    browser.load(file, dark=True, media="print")
    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.value(CONTRASTS) == []
    assert browser.value(HIDDEN.format("details.printed")) == 0
    assert browser.value(HIDDEN.format("details:not(.printed)")) > 0

    printed = browser.printed()
    assert printed.startswith(b"%PDF")
    sizes = {tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)}
    wide = browser.value("document.querySelectorAll('section.wide').length > 0")
    assert sizes == ({A4, (A4[1], A4[0])} if wide else {A4})


def test_the_browser_of_these_tests_sees_what_overflows_and_what_is_pale(browser: Page, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<body style='background: white'><p style='width: 3000px; color: #aaa'>pale</p><img src='http://127.0.0.1:9/x'>"
    )
    browser.load(bad)

    assert browser.value("document.documentElement.scrollWidth") > 1400
    assert browser.value(OVERFLOWING) != []
    assert browser.value(CONTRASTS) == ["P: pale"]
    assert "http://127.0.0.1:9/x" in browser.requested
