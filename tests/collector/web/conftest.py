"""A collector with the page, and people who speak HTTP to it over loopback."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from farmsight_collector.identity.people import csrf_token, make_token
from farmsight_collector.store import audit, people
from farmsight_collector.web import composed
from tests.fakes import live_collector
from tests.fakes.live_collector import Running


class Site:
    """The page of one collector."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.url = running.addresses["web"]
        self.port = int(self.url.rpartition(":")[2])
        self.cookie = f"farmsight-{self.port}"

    def token(self, role: str = "admin", name: str = "anna", life: timedelta = timedelta(hours=1)) -> str:
        """Return a fresh one-time token."""
        text, self.made = make_token(
            self.running.store,
            kind=people.SIGN_IN,
            name=name,
            role=role,
            life=life,
            at=self.running.clock.now(),
            actor="test",
        )
        return text

    def browser(self, **settings: Any) -> httpx.Client:
        """Return somebody who did not sign in, with what a browser sends of itself."""
        headers = {"origin": self.url, "sec-fetch-site": "same-origin", **settings.pop("headers", {})}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20, trust_env=False, **settings)

    def person(self, role: str = "admin") -> httpx.Client:
        """Return somebody who signed in by a token."""
        client = self.browser()
        answer = client.post("/sign-in", data={"token": self.token(role)})
        assert answer.status_code == 303, answer.text
        return client

    def csrf(self, client: httpx.Client) -> str:
        """Return what a form of this person's session carries."""
        return csrf_token(client.cookies[self.cookie])

    def audited(self) -> list[tuple[str, str, str]]:
        """Return who did what, newest first: actor, action, detail."""
        with self.running.store.read() as connection:
            return [(row.actor, row.action, row.detail) for row in audit.entries(connection)]


@contextlib.contextmanager
def site_of(tmp_path, **settings: Any) -> Iterator[Site]:
    """Serve a collector with changed `[web]` settings (and `listen`, `oidc`, `names`)."""

    def changed(config):
        whole = {name: settings.pop(name) for name in ("oidc", "listen", "names") if name in settings}
        return replace(config, web=replace(config.web, **settings), **whole)

    with live_collector.running(tmp_path / "data", web=composed.web, changed=changed) as running:
        yield Site(running)


@pytest.fixture
def serve(tmp_path) -> Iterator[Callable[..., Site]]:
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(site_of(tmp_path, **settings))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    with site_of(tmp_path_factory.mktemp("site"), sign_ins_per_minute=10_000) as made:
        yield made
