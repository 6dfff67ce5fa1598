"""People with a browser: the system's Chromium, driven by Playwright, whose every complaint fails the test."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.fakes.chromium import program
from tests.fakes.lab_farms import LabFarm

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
expect.set_options(timeout=20_000)  # a busy machine; what holds is seen at once
PICTURES = Path(__file__).parents[2] / "build/pictures"  # to be looked at after a run


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser; the test is skipped where there is none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def until(page: Page, expression: str, within_s: float = 15) -> None:
    """Wait until a JavaScript expression holds; the page's policy lets Playwright's own way not run in it."""
    deadline = time.monotonic() + within_s
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


class Visit:
    """One person at one page of a farm."""

    def __init__(self, farm: LabFarm, context: BrowserContext) -> None:
        self.farm = farm
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.expected: list[str] = []  # patterns of complaints that the test means to cause
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        context.on("request", lambda request: self._asked(request.url))

    def go(self, path: str = "/", wait: str = "load") -> Page:
        """Open a path of the collector's page."""
        self.page.goto(self.farm.web + path, wait_until=wait)  # type: ignore[arg-type]
        return self.page

    def of_farm(self, path: str = "") -> Page:
        """Open a view of the farm: "", "/changes", "/topology?at=..."."""
        return self.go(f"/farms/{urlsplit('//' + self._farm()).hostname}{path}")

    def picture(self, name: str) -> bytes:
        """Return the page as PNG and keep it in build/pictures."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        return self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def complain(self) -> None:
        """Fail for what stands in the console, what the page's policy refused, and what went to another host."""
        heard = [one for one in self.complaints if not any(re.search(known, one) for known in self.expected)]
        assert not heard, heard
        assert not self.elsewhere, self.elsewhere

    def _farm(self) -> str:
        from tests.fakes.lab_farms import FARM

        return FARM

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.farm.web + "/", "data:", "blob:")) and url != "about:blank":
            self.elsewhere.append(url)


def signed_in(
    browser: Browser, farm: LabFarm, role: str = "admin", *, dark: bool = False, width: int = 1440, height: int = 900
) -> Visit:
    """Return a person who signed in with a role; "" is nobody."""
    context = browser.new_context(
        color_scheme="dark" if dark else "light", viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    if role:
        context.add_cookies([{**farm.session(role), "url": farm.web, "httpOnly": True, "sameSite": "Lax"}])  # type: ignore[typeddict-item]
    return Visit(farm, context)
