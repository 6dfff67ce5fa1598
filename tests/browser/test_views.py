"""Each view in a browser: nothing complains, all has a name, it fits, and it is kept as a picture in both themes."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import expect

from tests.fakes.browsing import until
from tests.fakes.lab_farms import FARM

VIEWS = {
    "farm": "",
    "server": "/servers/WAP02",
    "topology": "/topology",
    "compare": "/compare",
    "retrievals": "/retrievals",
    "retrievals-over-a-week": "/retrievals?over=7d",
    "pki": "/pki",
    "trace": "/trace",
    "trends": "/trends",
    "changes": "/changes",
    "alerts": "/alerts",
}
ELSEWHERE = {"farms": "/farms", "agents": "/agents", "audit": "/audit"}
NAMELESS = """() => [...document.querySelectorAll(["main", "header"].flatMap((one) =>
    ["a", "button", "input", "select", "textarea"].map((kind) => `${one} ${kind}`)).join(", "))]
  .filter((one) => one.type !== "hidden" && !one.hidden)
  .filter((one) => !one.textContent.trim() && !one.getAttribute("aria-label") && !one.title
    && !one.getAttribute("aria-labelledby") && !one.labels?.length && !one.querySelector("[aria-label]"))
  .map((one) => one.outerHTML.slice(0, 120))"""
FORGED = """async ([csrf, farm]) => (await fetch("/agents/enrol", {method: "POST",
  headers: {"content-type": "application/x-www-form-urlencoded"},
  body: new URLSearchParams({csrf, farm, role: "wap", ttl: "1h"})})).status"""
# In the order of a screen reader's list: the view's h1 first, and no level left out on the way down.
LEVELS = """() => [...document.querySelectorAll("main h1, main h2, main h3, main h4, main h5, main h6")]
  .map((one) => Number(one.tagName[1]))"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def opened(person, name):
    return person.of_farm(VIEWS[name]) if name in VIEWS else person.go(ELSEWHERE[name])


def in_order(levels):
    return levels[0] == 1 and all(below <= above + 1 for above, below in pairwise(levels))


@pytest.mark.parametrize("name", [*VIEWS, *ELSEWHERE])
def test_a_view_opens_has_names_fits_and_is_pictured(visit, name):
    light = visit("admin")
    page = opened(light, name)
    expect(page.locator("main h1")).to_have_count(1)
    page.wait_for_timeout(400)  # charts draw after the page has loaded
    assert page.evaluate(NAMELESS) == []
    assert in_order(page.evaluate(LEVELS)), page.evaluate(LEVELS)
    light.picture(f"{name}-light")
    dark = visit("admin", dark=True)
    opened(dark, name).wait_for_timeout(400)
    dark.picture(f"{name}-dark")
    narrow = visit("admin", width=760)
    page = opened(narrow, name)
    page.wait_for_timeout(400)
    assert page.evaluate(WIDER) <= 0, "the page itself scrolls sideways"
    narrow.picture(f"{name}-narrow")


def test_a_finding_is_reached_from_its_cause_and_tells_its_life(visit):
    for looks in ({}, {"dark": True}, {"width": 760}):
        anna = visit("operator", **looks)
        page = anna.of_farm()
        page.get_by_role("link", name="its whole life").first.click()
        expect(page.locator("ol.life li").first).to_be_visible()
        expect(page.locator("main h1")).to_be_visible()
        assert in_order(page.evaluate(LEVELS)), page.evaluate(LEVELS)
        assert page.evaluate(WIDER) <= 0, "the page itself scrolls sideways"
        anna.picture(f"finding-{'dark' if 'dark' in looks else 'narrow' if looks else 'light'}")


def test_an_operator_acknowledges_a_finding_and_everybody_sees_who(visit):
    page = visit("operator").of_farm()
    page.get_by_role("link", name="its whole life").first.click()
    expect(page.locator("ol.life li").first).to_be_visible()
    where = page.url
    page.get_by_text("acknowledge", exact=True).first.click()
    page.get_by_label("note").first.fill("<b>CHG0042</b> is under way")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator("main")).to_contain_text("<b>CHG0042</b> is under way")

    seen = visit("viewer").page
    seen.goto(where)
    expect(seen.locator("main")).to_contain_text("<b>CHG0042</b> is under way")
    expect(seen.get_by_text("take back")).to_have_count(0)


def script_certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "<script>document.title='owned'</script>")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 4711, now - timedelta(days=1), now + timedelta(days=9)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_certificate_is_traced_by_upload_and_its_subject_that_is_a_script_is_text(visit, tmp_path):
    file = tmp_path / "mallory.cer"
    file.write_bytes(script_certificate())
    anna = visit("viewer")
    page = anna.of_farm("/trace")

    page.locator("#file").set_input_files(file)

    expect(page).to_have_url(re.compile(r"/trace\?certificate=[0-9a-f]{64}$"))
    expect(page.locator("#answer")).to_contain_text("document.title='owned'")
    assert "owned" not in page.title()
    page.locator("td a .mark").first.click()
    expect(page.locator("#way")).to_contain_text("in the order of the sign-in")
    anna.picture("trace-of-a-script")


def test_a_certificate_that_is_dropped_on_the_page_is_traced(visit):
    page = visit("viewer").of_farm("/trace")
    page.evaluate(
        """(bytes) => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(bytes)], "alice.cer"));
          for (const kind of ["dragenter", "dragover", "drop"])
            document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}));
        }""",
        list(script_certificate()),
    )
    expect(page).to_have_url(re.compile(r"/trace\?certificate=[0-9a-f]{64}$"))


def test_a_viewer_sees_nothing_that_changes_something_and_is_refused_what_is_forged(visit):
    eve = visit("viewer")
    eve.expected.append("403")
    page = eve.go("/agents")
    expect(page.get_by_role("button", name="Make a join token")).to_have_count(0)
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)
    token = page.locator("input[name=csrf]").first.get_attribute("value")
    status = page.evaluate(FORGED, [token, FARM])
    assert status == 403


def test_the_keyboard_alone_goes_from_view_to_view(visit):
    page = visit("viewer").of_farm()
    for key, where in (("t", "/topology"), ("m", "/compare"), ("p", "/pki"), ("s", "/trace"), ("e", "/trends")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(re.escape(where) + "$"))
        until(page, "document.readyState === 'complete'")


def test_an_admin_revokes_an_agent_which_an_operator_can_not(visit):
    page = visit("operator").go("/agents")
    expect(page.locator("main h1")).to_be_visible()
    expect(page.get_by_text("revoke", exact=True)).to_have_count(0)

    page = visit("admin").go("/agents")
    row = page.locator("tr", has=page.get_by_role("link", name="STS02"))
    row.get_by_text("revoke", exact=True).click()
    row.get_by_role("button", name="revoke STS02").click()

    expect(page.locator("tr", has_text="STS02")).to_contain_text("revoked")
    expect(page.get_by_role("button", name="revoke STS02")).to_have_count(0)
