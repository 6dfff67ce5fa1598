"""The map in a browser: time by slider, keys and play; zoom; what is opened; what changes on the farm appears."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from farmsight_collector.topology.draw import node_mark
from tests.fakes.browsing import until
from tests.fakes.lab_farms import MISSING_CA

WAP02 = f"#{node_mark('server:WAP02')}"
CRITICAL = re.compile("s-critical")
OK = re.compile("s-ok")


# The texts of the map that leave their node, or lie over another.
OVERLAPS = """() => {
  const rect = (one) => one.getBoundingClientRect();
  const all = (within, what) => [...within.querySelectorAll(what)].filter((one) => one.textContent && rect(one).width);
  const map = document.querySelector("svg.map");
  const out = [...map.querySelectorAll(".node")].flatMap((node) =>
    all(node, "text").filter((one) => rect(one).right > rect(node.querySelector(".box")).right + 1));
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  const seen = all(map, "text");
  for (const [index, one] of seen.entries()) {
    out.push(...seen.slice(index + 1).filter((other) => over(rect(one), rect(other))));
  }
  return out.map((one) => one.textContent);
}"""


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def places(page: Page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('.node .box')].map(one => one.getAttribute('x') + ' ' + one.getAttribute('y'))"
    )


def test_the_slider_steps_by_keys_from_change_to_change_and_nothing_moves(visit):
    page = visit().of_farm("/topology?span=7d")
    expect(page.locator(WAP02)).to_have_class(CRITICAL)
    before = places(page)
    slider = page.locator("#instant")
    slider.focus()

    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    first = slider.get_attribute("aria-valuetext")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        if CRITICAL.search(page.locator(WAP02).get_attribute("class") or ""):
            break
        page.wait_for_timeout(150)

    assert first != slider.get_attribute("aria-valuetext")
    expect(page.locator(WAP02)).to_have_class(CRITICAL)
    assert places(page) == before
    expect(slider).to_be_focused()
    until(page, "new URL(location.href).searchParams.has('at')")


def test_after_a_rest_the_whole_view_is_of_that_instant_and_focus_stays(visit):
    page = visit().of_farm("/topology")
    page.locator("#instant").focus()

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")

    expect(page.locator(".strip.then")).to_contain_text("You see the farm as of")
    expect(page.locator("#instant")).to_be_focused()
    expect(page.locator("#as-tables")).to_contain_text(page.locator("#instant-said time").inner_text()[:10])


def test_it_plays_through_the_changes_to_the_end_and_can_be_stopped(visit):
    page = visit().of_farm("/topology")
    play = page.locator("#play")
    page.locator("#map-frame").focus()

    page.keyboard.press("p")
    expect(play).to_have_text("Stop")
    expect(page.locator(WAP02)).not_to_have_class(CRITICAL)
    page.keyboard.press("Escape")
    expect(play).to_have_text("Play")

    play.click()
    expect(page.locator(WAP02)).to_have_class(CRITICAL, timeout=30_000)


def test_each_instant_is_asked_for_once(visit):
    anna = visit()
    page = anna.of_farm("/topology")
    asked_for: list[str] = []
    page.on("request", lambda one: asked_for.extend(parse_qs(urlsplit(one.url).query).get("instant", ())))
    page.locator("#instant").focus()
    for key in ("Home", "End", "Home", "End", "ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)

    assert len(asked_for) == len(set(asked_for)) > 0


def test_a_node_opens_by_key_and_closes_again_where_it_was(visit):
    page = visit().of_farm("/topology")
    page.locator(WAP02).focus()

    page.keyboard.press("Enter")
    expect(page.locator("#opened")).to_contain_text("Issuing CA 1")
    expect(page.locator("#opened-title")).to_be_focused()
    assert asked(page)["open"] == [WAP02[1:]]
    page.reload()
    expect(page.locator("#opened")).to_contain_text("Retrievals by account")

    page.keyboard.press("Escape")
    expect(page.locator("#opened > *")).to_have_count(0)
    expect(page.locator(WAP02)).to_be_focused()
    assert "open" not in asked(page)


def test_keys_zoom_and_move_the_map_and_the_address_keeps_it(visit):
    page = visit().of_farm("/topology")
    until(page, "document.body.classList.contains('with-zoom')")
    page.locator("#map-frame").focus()
    width = page.locator("svg.map").bounding_box()["width"]

    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    until(page, f"document.querySelector('svg.map').getBoundingClientRect().width > {width} * 1.2")
    until(page, "new URL(location.href).searchParams.has('view')")
    page.reload()
    until(page, f"document.querySelector('svg.map').getBoundingClientRect().width > {width} * 1.2")

    page.locator("#map-frame").focus()
    page.keyboard.press("0")
    until(page, f"Math.abs(document.querySelector('svg.map').getBoundingClientRect().width - {width}) < 2")
    until(page, "!new URL(location.href).searchParams.has('view')")


def test_a_name_is_found_by_the_key_of_every_view(visit):
    page = visit().of_farm("/topology")
    page.keyboard.press("/")
    page.keyboard.type("wap02")
    page.keyboard.press("Enter")

    page.wait_for_url("**find=wap02**")
    expect(page.locator(WAP02)).to_have_class(re.compile("found"))
    expect(page.locator(f"#{node_mark('server:WAP01')}")).to_have_class(re.compile("dim"))


def test_what_changes_on_the_farm_appears_on_the_map_and_zoom_stays(visit, farm):
    page = visit().of_farm("/topology")
    until(page, "document.body.classList.contains('with-zoom')")
    page.locator("#map-frame").focus()
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    width = page.locator("svg.map").bounding_box()["width"]

    farm.becomes(MISSING_CA, 'fault = "no-route"\nservers = ["WAP01"]')
    line = page.locator("a.line.k-fetches", has=page.locator("title", has_text="WAP01"))
    expect(line.first).to_have_class(re.compile("s-error"), timeout=20_000)
    page.wait_for_timeout(300)
    assert abs(page.locator("svg.map").bounding_box()["width"] - width) < 2
    farm.becomes(MISSING_CA)
    expect(line.first).to_have_class(OK, timeout=20_000)


def test_no_text_leaves_its_node_and_no_two_texts_overlap(visit):
    page = visit().of_farm("/topology")

    assert page.evaluate(OVERLAPS) == []
