"""The instant of the last start: a fact that stays as long as nobody starts the system anew."""

from datetime import UTC, datetime, timedelta

import psutil
import pytest

from farmsight_agent.hosts import boot

STARTED = datetime(2026, 11, 1, 3, 20, 30, tzinfo=UTC)  # between two minutes: a second either way is another one


@pytest.fixture
def reckoned(monkeypatch):
    monkeypatch.setattr(boot, "_told", [])

    def tell(off_s):
        monkeypatch.setattr(psutil, "boot_time", (STARTED + timedelta(seconds=off_s)).timestamp)
        return boot.booted()

    return tell


def test_a_clock_that_is_corrected_starts_no_server_anew(reckoned):
    assert len({reckoned(off_s) for off_s in (-0.4, 0.4, 2, -2, 45, -100)}) == 1


@pytest.mark.parametrize("off_s", [3600, -3600, 301])
def test_a_figure_that_is_off_by_minutes_was_wrong_before(reckoned, off_s):
    reckoned(0)
    told = reckoned(off_s)

    assert abs(told - (STARTED + timedelta(seconds=off_s))) <= timedelta(seconds=30)
    assert told.second == 0
