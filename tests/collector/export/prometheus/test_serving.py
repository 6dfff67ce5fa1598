"""Who may scrape: who shows the token, and this machine where the settings say so."""

import ssl
import stat
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from farmsight_collector.errors import StoreError
from farmsight_collector.export.prometheus.exposition import TEXT, Answer, Exposition
from farmsight_collector.export.prometheus.serving import Scraping, token
from tests.fakes.promtool import promtool
from tests.fakes.serving import initialise, served

TOKEN = "t" * 43


class Fixed(Exposition):
    """Always the same answer, or none."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def answer(self, accept: str = "") -> Answer:
        if self._error:
            raise self._error
        return Answer(body=b"farmsight_collector_farms 1\n", content_type=TEXT)


def app(*, open_on_loopback: bool = False, error: Exception | None = None) -> ASGIApp:
    return Starlette(routes=[Scraping(Fixed(error), TOKEN, open_on_loopback=open_on_loopback).route])


async def scraped(to: ASGIApp, client: str = "10.0.0.7", **headers: str) -> httpx.Response:
    way = httpx.ASGITransport(app=to, client=(client, 40_000))
    as_sent = {name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}
    async with httpx.AsyncClient(transport=way, base_url="http://collector") as session:
        return await session.get("/metrics", headers=as_sent)


async def test_who_shows_the_token_is_answered_and_no_cache_keeps_it() -> None:
    answer = await scraped(app(), authorization=f"Bearer {TOKEN}")

    assert (answer.status_code, answer.headers["content-type"]) == (200, TEXT)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "shown", ["", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}"]
)
async def test_who_shows_none_or_another_hears_nothing_but_401(shown: str) -> None:
    answer = await scraped(app(), authorization=shown)

    assert answer.status_code == 401
    assert "farmsight_" not in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 401), ("testclient", 401)]
)
async def test_where_it_is_open_on_loopback_this_machine_alone_needs_no_token(client: str, status: int) -> None:
    assert (await scraped(app(open_on_loopback=True), client)).status_code == status


async def test_a_proxy_on_this_machine_speaks_for_others() -> None:
    answer = await scraped(app(open_on_loopback=True), "127.0.0.1", x_forwarded_for="10.0.0.7")

    assert answer.status_code == 401


async def test_while_the_store_does_not_answer_the_scrape_fails_and_says_no_more() -> None:
    answer = await scraped(app(error=StoreError("password=hunter2")), authorization=f"Bearer {TOKEN}")

    assert answer.status_code == 503
    assert "hunter2" not in answer.text


def test_the_token_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    first = token(tmp_path)

    assert token(tmp_path) == first
    assert len(first) >= 43
    assert stat.S_IMODE((tmp_path / "metrics-token").stat().st_mode) == 0o600


@pytest.mark.e2e
def test_a_collector_that_serves_is_scraped_on_both_ports(tmp_path: Path) -> None:
    data = tmp_path / "data"
    initialise(data)
    settings = data / "collector.toml"
    port = _free_port()
    settings.write_text(settings.read_text() + f'\n[metrics]\nlisten = "127.0.0.1:{port}"\n')
    with served(data) as up:
        headers = {"authorization": f"Bearer {token(data)}"}
        context = ssl._create_unverified_context()
        on_web = httpx.get(f"{up.addresses['web']}/metrics", headers=headers, verify=context)
        on_its_own = httpx.get(f"http://127.0.0.1:{port}/metrics", headers=headers)
        refused = httpx.get(f"http://127.0.0.1:{port}/metrics")

    assert (on_web.status_code, on_its_own.status_code, refused.status_code) == (200, 200, 401)
    assert "farmsight_collector_store_bytes" in on_web.text
    checked = promtool("check", "metrics", given=on_its_own.content)
    assert (checked.returncode, checked.stderr) == (0, "")


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
