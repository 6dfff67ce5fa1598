"""When a CRL gets too large, and when nothing can be said of it."""

import random
from datetime import timedelta

from farmsight_collector.forecast.expected import Expected
from farmsight_collector.forecast.growth import Grown, crossing
from farmsight_collector.rules import limits
from tests.fakes.farms import NOW

DAY = timedelta(days=1)
MEGABYTE = 1e6
LIMIT = limits.CRL_BYTES_ENTRA


def told(*sizes: tuple[float, float]) -> Expected:
    """Return what is expected of a CRL that had these megabytes so many days ago."""
    values = sorted((NOW - ago * DAY, size * MEGABYTE) for ago, size in sizes)
    return crossing(
        Grown(
            of="crl-size", key="crl http://pki.contoso.com/ca1.crl", unit="bytes", values=values, limit=LIMIT,
            bound=LIMIT.value, now=NOW,
        )
    )  # fmt: skip


def test_a_crl_that_grows_by_a_hundred_kilobytes_a_day_crosses_the_limit_in_fifty_days() -> None:
    one = told(*((float(ago), 15 - 0.1 * ago) for ago in range(60)))

    assert one.state == "expected"
    assert one.at is not None
    assert abs((one.at - NOW) / DAY - 50) < 1
    assert "beyond 20 MB about" in one.says
    assert one.earliest <= one.at <= one.latest
    assert one.limit_used == f"20 MB ({LIMIT.name}; {LIMIT.source}, {LIMIT.date})"


def test_noise_widens_the_spread_and_does_not_move_the_day_much() -> None:
    noise = random.Random(3)
    one = told(*((float(ago), 15 - 0.1 * ago + noise.gauss(0, 0.4)) for ago in range(60)))

    assert one.at is not None
    assert abs((one.at - NOW) / DAY - 50) < 10
    assert one.latest is not None
    assert one.latest - one.earliest > 5 * DAY


def test_what_is_beyond_the_limit_is_so_now() -> None:
    assert told((1.0, 19.0), (0.0, 21.0)).state == "now"


def test_few_points_short_spans_and_gaps_carry_no_forecast_and_say_so() -> None:
    assert "no forecast, because 3 points are fewer than 8" in told((9.0, 1.0), (5.0, 2.0), (1.0, 3.0)).says
    assert "1.9 days, fewer than 7" in told(*((n / 10, 5 - n / 100) for n in range(20))).says
    assert "are a gap" in told((80.0, 1.0), *((float(n), 9 - 0.1 * n) for n in range(20))).says
    assert told().state == "none"


def test_what_shrinks_stays_or_wavers_is_not_expected_to_cross() -> None:
    noise = random.Random(5)

    assert "it gets less" in told(*((float(ago), 5 + 0.1 * ago) for ago in range(30))).says
    assert "chance" in told(*((float(ago), 5 + noise.gauss(0, 1)) for ago in range(30))).says
    assert "not within 400 days" in told(*((float(ago), 5 - 0.001 * ago) for ago in range(30))).says
