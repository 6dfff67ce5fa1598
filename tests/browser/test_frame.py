"""The frame around every view: signing in, keys, theme, the instant, who may do what."""

import re

from playwright.sync_api import expect

from farmsight_collector.identity.people import make_token
from farmsight_collector.store.people import SIGN_IN
from tests.fakes.browsing import Visit


def token(farm, role="admin"):
    from datetime import UTC, datetime, timedelta

    text, _ = make_token(
        farm.running.store,
        kind=SIGN_IN,
        name="bert",
        role=role,
        life=timedelta(minutes=5),
        at=datetime.now(UTC),
        actor="test",
    )
    return text


def test_the_printed_address_signs_in_and_the_token_leaves_the_address_bar(visit, farm):
    bert = visit("")
    text = token(farm)
    page = bert.go(f"/sign-in?next=/agents#{text}")
    expect(page.get_by_label("One-time token")).to_have_value(text)
    assert "#" not in page.url

    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/agents$"))
    expect(page.locator("#person-menu summary")).to_contain_text("bert admin")


def test_whoever_is_not_signed_in_comes_back_to_the_view_afterwards(visit, farm):
    bert = visit("")
    page = bert.of_farm("/changes?server=WAP02")

    page.get_by_label("One-time token").fill(token(farm))
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(re.compile(r"/changes\?server=WAP02$"))


def test_a_token_is_good_once_and_the_page_says_so(visit, farm):
    text = token(farm)
    first: Visit = visit("")
    page = first.go("/sign-in")
    page.get_by_label("One-time token").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#view")).to_be_visible()
    second = visit("")
    second.expected.append("403")
    page = second.go("/sign-in")
    page.get_by_label("One-time token").fill(text)
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("used before")


def test_signing_out_ends_the_session_on_the_server_too(visit):
    anna = visit()
    page = anna.of_farm()
    cookie = anna.context.cookies()

    page.locator("#person-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")

    anna.context.add_cookies(cookie)
    anna.go("/agents")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_keys_go_to_views_and_tell_themselves(visit):
    page = visit().of_farm()

    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile("/changes$"))

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("back to live")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_are_letters_where_somebody_writes(visit):
    page = visit().of_farm()

    page.keyboard.press("a")
    expect(page.get_by_label("See the farm as of")).to_be_focused()
    page.keyboard.type("gc?l")

    expect(page.get_by_label("See the farm as of")).to_have_value("gc?l")
    assert page.url.endswith("/farms/sts.contoso.test")


def test_another_instant_stands_in_the_address_and_one_key_leads_back(visit):
    page = visit().of_farm()

    page.keyboard.press("a")
    page.keyboard.type("1h ago")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?at=1h"))
    expect(page.locator(".strip.then")).to_contain_text("the view stands still")
    assert "at=" in (page.locator("nav [data-key=c]").get_attribute("href") or "")

    page.keyboard.press("l")
    expect(page).to_have_url(re.compile("/farms/sts.contoso.test$"))


def test_the_theme_is_chosen_once_for_all_views(visit):
    anna = visit(dark=True)
    page = anna.of_farm()
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.locator("#person-menu summary").click()
    page.get_by_label("light", exact=True).check()
    light = page.evaluate(ground)
    assert light != dark

    anna.go("/agents")
    assert page.evaluate(ground) == light


def test_the_first_tab_skips_to_the_view(visit):
    page = visit().of_farm()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the view")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "view"


def test_what_is_not_there_is_said_in_words(visit):
    anna = visit()
    anna.expected.append("404")
    page = anna.go("/farms/no.such.farm/topology")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not here")
    expect(page.get_by_role("link", name="sts.contoso.test").last).to_be_visible()
