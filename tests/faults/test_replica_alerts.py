"""Two collectors that tell of the same farm: one is paused or killed as an alert is due, and each is told once."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes import receivers, replicas
from tests.fakes.replicas import CODE, RUNNING, STOPPED, until
from tests.faults import test_replicas as beds

LEASE_S = 8
SETTINGS = """
[alerts]
hold_critical_s = 0
hold_error_s = 0
hold_warning_s = 0
lease_s = {lease}
flapping_openings = 1000
digest_above = 1000

[[alerts.channel]]
name = "ops"
type = "webhook"
url = "{url}"
secret_file = "hook-secret"
timeout_s = 2
"""


def with_alerts(url: str, make: Callable[..., list[Path]]) -> Callable[..., list[Path]]:
    def folders(*wanted: object) -> list[Path]:
        made = make(*wanted)
        for data in made:
            (data / "hook-secret").write_text("a secret of this test")
            with (data / "collector.toml").open("a") as file:
                file.write(SETTINGS.format(lease=LEASE_S, url=url))
        return made

    return folders


def paused_until_told(bed: beds.Bed, name: str, told: Callable[[], bool]) -> None:
    """Let a collector stand still until the other one told: longer than the leases of what it was about to send."""
    os.kill(bed.up[name].process.pid, signal.SIGSTOP)
    with suppress(AssertionError):  # it may have the agent's connection, too: then it is told when it goes on
        until(told, LEASE_S + 6)
    os.kill(bed.up[name].process.pid, signal.SIGCONT)


def killed_and_started(bed: beds.Bed, name: str, _told: Callable[[], bool]) -> None:
    bed.up[name].kill()
    bed.start(name)


@pytest.mark.e2e
@pytest.mark.timeout(240)
def test_a_collector_that_stands_still_or_dies_as_an_alert_is_due_costs_none_and_doubles_none(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receivers.webhook() as hook:
        monkeypatch.setattr(beds, "folders", with_alerts(hook.url, replicas.folders))
        expected: list[str] = []

        def told() -> list[tuple[str, str]]:
            mine = [one for one in hook.requests if any(each["code"] == CODE for each in one.json["alerts"])]
            return [(one.headers["idempotency-key"], one.json["event"]) for one in mine]

        def all_told() -> bool:
            return len({key for key, _ in told()}) >= len(expected)

        with beds.two_replicas(tmp_path, postgres_url) as bed:
            agent = bed.agents["STS01"]
            for disturb in (paused_until_told, killed_and_started):
                holder = bed.holder() or "first"
                state, event = (RUNNING, "closed") if len(expected) % 2 else (STOPPED, "opened")
                expected.append(event)
                agent.says(state)
                disturb(bed, holder, all_told)
                until(all_told, 90)
            until(bed.all_settled, 60)
            until(lambda: bed.ask("SELECT DISTINCT state FROM alert_deliveries") == [("sent",)], 60)
        # One that died after it sent, and before it could write that down, sends once more with the same key.
        assert list(dict(told()).values()) == expected
