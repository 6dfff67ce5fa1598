"""A real Alertmanager of the system's packages: what fires, what is resolved, and that it never forgets or doubles."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from farmsight_collector.alerts.channel_settings import Alertmanager
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.clock import SystemClock
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store.engine import Store
from tests.fakes import receivers
from tests.fakes.alert_farm import HOSTILE, AlertFarm, holds

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
CONFIG = "route: {receiver: nobody, group_by: [alertname]}\nreceivers: [{name: nobody}]\n"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[str]:
    if PROGRAM is None:
        pytest.skip("no Alertmanager is installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "am.yml").write_text(CONFIG)
    process = subprocess.Popen(
        [
            PROGRAM,
            f"--config.file={tmp_path / 'am.yml'}",
            f"--storage.path={tmp_path / 'am'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                if httpx.get(f"{url}/-/ready").is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


async def firing(url: str) -> list[dict[str, str]]:
    async with httpx.AsyncClient() as client:
        for _ in range(50):
            answer = await client.get(f"{url}/api/v2/alerts")
            found = [one["labels"] for one in answer.json() if one["status"]["state"] != "suppressed"]
            await asyncio.sleep(0.1)
            if found:
                break
    return found


async def test_what_opens_fires_and_what_closes_is_resolved(store: Store, tmp_path, manager: str) -> None:
    channel = Alertmanager(name="am", url=manager)
    farm = AlertFarm(store, tmp_path, replace(Alerts(), channels=(channel,)))
    farm.clock.at = SystemClock().now()
    farm.finds(holds(HOSTILE, severity=Severity.CRITICAL))
    await farm.service.send()
    (labels,) = await firing(manager)
    assert {name: labels[name] for name in ("alertname", "severity", "farm", "source")} == {
        "alertname": "tls.made-up",
        "severity": "critical",
        "farm": "sts.contoso.com",
        "source": "farmsight",
    }
    farm.clock.go(61)
    await farm.service.send()
    assert len(await firing(manager)) == 1, "sent again, and still one"
    assert [state for _, state, _ in farm.deliveries()] == ["sent"]
    farm.clock.at = SystemClock().now()
    farm.finds()
    await farm.service.send()
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{manager}/api/v2/alerts")).json() == []


async def test_what_becomes_worse_fires_once_under_its_new_severity(store: Store, tmp_path, manager: str) -> None:
    channel = Alertmanager(name="am", url=manager)
    farm = AlertFarm(store, tmp_path, replace(Alerts(), channels=(channel,), hold_warning_s=0))
    farm.clock.at = SystemClock().now()
    farm.finds(holds(severity=Severity.WARNING))
    await farm.service.send()
    assert [labels["severity"] for labels in await firing(manager)] == ["warning"]
    farm.finds(holds(severity=Severity.CRITICAL))
    await farm.service.send()
    assert [labels["severity"] for labels in await firing(manager)] == ["critical"]


async def test_what_fires_is_sent_again_before_it_would_be_taken_for_over(store: Store, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TOKEN", "bearer of tests")
    with receivers.webhook() as hook:
        channel = Alertmanager(name="am", url=hook.url.removesuffix("/hook"), token_env="TOKEN", resend_s=60)
        farm = AlertFarm(store, tmp_path, replace(Alerts(), channels=(channel,)))
        other = AlertFarm(store, tmp_path, farm.settings, clock=farm.clock)
        farm.finds(holds())
        for _ in range(300):
            for each in (farm, other):
                await each.service.send()
            farm.clock.go(1)
        posted = [(request.path, request.json[0]["endsAt"]) for request in hook.requests]
        assert 5 <= len(posted) <= 7, "one of two collectors sends again, every minute"
        assert {path for path, _ in posted} == {"/api/v2/alerts"}
        assert posted[-1][1] > "2026-11-23T10:08"
        assert {request.headers["authorization"] for request in hook.requests} == {"Bearer bearer of tests"}
        count = len(hook.requests)
        farm.finds()
        await farm.service.send()
        farm.clock.go(200)
        await farm.service.send()
        assert len(hook.requests) == count + 1, "after its end it is not sent again"
