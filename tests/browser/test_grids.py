"""Compare, Retrievals and PKI in a browser: by keyboard alone, live, narrow, dark and on paper."""

import re

import pytest
from playwright.sync_api import expect

from tests.fakes.browsing import until
from tests.fakes.lab_farms import MISSING_CA

CELL = "a[data-cell]"
FOCUSED = "document.activeElement.dataset.cell"
LOST_ROUTE = 'fault = "no-route"\nservers = ["WAP02"]'


def into_the_grid(page):
    page.locator(f"{CELL}[tabindex='0']").first.focus()
    return page.evaluate(FOCUSED)


def test_the_tab_key_stops_once_in_a_grid_and_arrows_go_through_it(visit):
    page = visit().of_farm("/retrievals")
    first = into_the_grid(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    below = page.evaluate(FOCUSED)
    assert below != first
    assert page.locator(f"{CELL}[tabindex='0']").count() == 1

    page.keyboard.press("Control+Home")
    assert page.evaluate(FOCUSED) == first
    page.keyboard.press("End")
    last = page.evaluate(FOCUSED)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == last, "there is nothing beyond the last column"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) is None


def test_enter_opens_a_cell_with_its_hops_the_address_carries_it_and_escape_leads_back(visit):
    page = visit().of_farm("/retrievals?purpose=crl&over=7d")
    into_the_grid(page)
    page.keyboard.press("ArrowRight")
    cell = page.evaluate(FOCUSED)
    page.keyboard.press("Enter")

    expect(page.locator("#opened")).to_contain_text("The last attempt")
    expect(page.locator("#opened-title")).to_be_focused()
    expect(page).to_have_url(re.compile(r"purpose=crl&over=7d&open="))

    page.keyboard.press("Escape")
    expect(page.locator("#opened")).to_be_empty()
    assert page.evaluate(FOCUSED) == cell
    expect(page).not_to_have_url(re.compile("open="))


def test_an_address_sent_to_a_colleague_opens_the_same_cell(visit):
    page = visit().of_farm("/retrievals?purpose=crl")
    page.locator(CELL).nth(3).click()
    expect(page.locator("#opened")).to_contain_text("on ")
    cell, address = page.locator(f"{CELL}[aria-current]").get_attribute("data-cell"), page.url

    other = visit("viewer")
    theirs = other.go(address.removeprefix(other.farm.web))
    expect(theirs.locator(f"{CELL}[aria-current]")).to_have_attribute("data-cell", cell or "")
    expect(theirs.locator("#opened")).to_contain_text("How it went")


def test_a_fault_appears_in_the_grid_and_focus_stays_in_its_cell(visit, farm):
    farm.becomes(MISSING_CA)
    page = visit().of_farm("/retrievals?sort=name")
    into_the_grid(page)
    page.keyboard.press("ArrowDown")
    cell = page.evaluate(FOCUSED)

    farm.becomes(MISSING_CA, LOST_ROUTE)

    expect(page.locator(".legend")).to_contain_text("fails")
    assert page.evaluate(FOCUSED) == cell
    page.keyboard.press("ArrowUp")
    assert page.evaluate(FOCUSED) not in (None, cell)
    farm.becomes(MISSING_CA)
    expect(page.locator(".legend")).not_to_contain_text("fails")


def test_the_server_without_the_ca_is_odd_by_sign_and_word_and_opens_with_both_sides(visit):
    page = visit().of_farm("/compare?role=wap")
    odd = page.locator("td a[data-cell^='WAP02/store-certificate']").first
    expect(odd).to_contain_text("absent")
    odd.click()

    expect(page.locator("#opened .sides section")).to_have_count(2)
    expect(page.locator("#opened")).to_contain_text("The last 30 days")


def test_a_theme_is_folded_and_the_farm_of_then_stands_beside_now(visit):
    page = visit().of_farm("/compare")
    page.get_by_role("link", name="Certificate stores").click()
    expect(page).to_have_url(re.compile("closed=Certificate"))
    expect(page.get_by_role("link", name="Certificate stores")).to_have_attribute("aria-expanded", "false")

    page.get_by_role("link", name="two instants").click()
    expect(page.locator("thead")).to_contain_text("at 20")


def test_a_ca_and_a_crl_open_from_the_keyboard(visit):
    page = visit().of_farm("/pki")
    for grid, says in (("table.cas", "Certificates of this CA"), ("table.crls", "given to")):
        page.locator(f"{grid} {CELL}").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#opened")).to_contain_text(says)
        page.keyboard.press("Escape")
        expect(page.locator("#opened")).to_be_empty()


@pytest.mark.parametrize("view", ["compare", "retrievals", "retrievals?over=7d", "pki"])
@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 1440), (False, 760)])
def test_each_view_fits_its_window_and_every_cell_has_a_name(visit, view, dark, width):
    anna = visit(dark=dark, width=width)
    page = anna.of_farm(f"/{view}")
    expect(page.locator("[data-grid]").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    nameless = "[...document.querySelectorAll('a[data-cell]')].filter(one => !one.textContent.trim()).length"
    assert page.evaluate(nameless) == 0
    anna.picture(f"{re.sub('[^a-z0-9]+', '-', view)}-{'dark' if dark else 'light'}-{width}")


def test_on_paper_nothing_is_cut_off_and_the_tools_are_gone(visit):
    page = visit().of_farm("/retrievals")
    page.emulate_media(media="print")

    until(page, "getComputedStyle(document.querySelector('.tools')).display === 'none'")
    assert page.evaluate("getComputedStyle(document.querySelector('.tall')).overflow") == "visible"
