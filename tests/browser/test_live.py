"""What changes on the farm appears by itself, and nothing that somebody does is disturbed by it."""

import time

from playwright.sync_api import expect

from farmsight_collector.web.evaluations import FRESH
from tests.fakes.browsing import until
from tests.fakes.lab_farms import MISSING_CA

LOST_ROUTE = 'fault = "no-route"\nservers = ["WAP01"]'


def renewals(page) -> None:
    page.evaluate("window.renewed = 0; document.addEventListener('farmsight:renewed', () => window.renewed++)")


def test_a_fault_appears_without_reload_and_what_is_open_typed_and_focused_stays(visit, farm):
    page = visit().of_farm("?least=info")
    page.evaluate("window.mine = true")
    renewals(page)
    cause = page.locator("#view details[id]").first
    name, was_open = cause.evaluate("one => [one.id, (one.open = !one.open)]")
    field = page.get_by_label("with", exact=True)
    field.fill("WAP")
    page.evaluate("window.scrollTo(0, 120)")
    top = field.evaluate("one => one.getBoundingClientRect().top")

    farm.becomes(MISSING_CA, LOST_ROUTE)

    expect(page.locator("section:has(> #causes)")).to_contain_text("WAP01 (")
    until(page, "window.renewed > 0")
    assert page.evaluate("window.mine") is True, "the page was loaded again"
    assert page.locator(f"[id='{name}']").evaluate("one => one.open") == was_open
    expect(field).to_have_value("WAP")
    expect(field).to_be_focused()
    assert abs(field.evaluate("one => one.getBoundingClientRect().top") - top) < 3, "what is looked at moved"

    farm.becomes(MISSING_CA)
    expect(page.locator("section:has(> #causes)")).not_to_contain_text("WAP01 (")


def test_a_burst_of_changes_renews_at_most_once_a_second(visit, farm):
    page = visit().of_farm()
    renewals(page)
    page.wait_for_timeout(500)
    loop, watcher = farm.running.loop, farm.running.collector.watcher
    for _ in range(30):
        loop.call_soon_threadsafe(watcher.bells.ring, "sts.contoso.test")
        page.wait_for_timeout(100)

    assert 2 <= page.evaluate("window.renewed") <= 4


def test_many_who_look_at_the_same_cost_one_evaluation(visit, farm):
    people = [visit("viewer") for _ in range(4)]
    for one in people:
        one.of_farm()
        renewals(one.page)
    evaluations = farm.running.collector.web.site.evaluations
    before, began = evaluations.worked_out, time.monotonic()
    farm.running.loop.call_soon_threadsafe(farm.running.collector.watcher.bells.ring, "sts.contoso.test")
    for one in people:
        until(one.page, "window.renewed > 0")

    lapsed = 1 + (time.monotonic() - began) // FRESH.total_seconds()
    assert evaluations.worked_out - before <= 1 + lapsed, "one, and one more each time what is kept lapsed meanwhile"


def test_a_view_of_the_past_stands_still(visit, farm):
    page = visit().of_farm("?at=-1h")
    renewals(page)
    farm.running.loop.call_soon_threadsafe(farm.running.collector.watcher.bells.ring, "sts.contoso.test")
    page.wait_for_timeout(1500)

    assert page.evaluate("window.renewed") == 0


def test_a_lost_connection_is_said_until_it_is_back(visit):
    anna = visit()
    anna.expected.append("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    page = anna.of_farm()
    page.wait_for_timeout(300)

    anna.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#stale")).to_contain_text("last renewed at")

    anna.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#stale")).to_be_hidden()


def test_whoever_was_signed_out_elsewhere_is_told(visit, farm):
    anna = visit("viewer")
    anna.expected.append("401")
    page = anna.of_farm()
    from farmsight_collector.store import people

    with farm.running.store.write() as connection:
        for one in people.sessions(connection, farm.running.clock.now(), farm.running.collector.web.site.entrance.idle):
            people.end_session(connection, one.session_id)
    farm.running.loop.call_soon_threadsafe(farm.running.collector.watcher.bells.ring, "sts.contoso.test")

    expect(page.locator("#stale")).to_contain_text("signed out")
    expect(page.get_by_role("link", name="Sign in again")).to_be_visible()
