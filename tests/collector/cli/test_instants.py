"""What people type for an instant."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.cli.instants import InstantError, parse
from farmsight_collector.instants import is_word

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("now", NOW),
        ("90m", NOW - timedelta(minutes=90)),
        ("2h ago", NOW - timedelta(hours=2)),
        ("-3d", NOW - timedelta(days=3)),
        ("2026-11-01T08:00:00Z", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ("2026-11-01T08:00:00+02:00", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ],
)
def test_an_instant_is_absolute_or_so_long_ago(typed: str, meant: datetime) -> None:
    assert parse(typed, NOW) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("today 09:30", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("Yesterday 14:00", datetime(2026, 11, 22, 14, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 22, tzinfo=UTC)),
        ("monday 08:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),  # which is today
        ("last monday 08:00", datetime(2026, 11, 16, 8, tzinfo=UTC)),
        ("friday at 17:05:30", datetime(2026, 11, 20, 17, 5, 30, tzinfo=UTC)),
    ],
)
def test_a_day_may_be_named_as_people_name_it(typed: str, meant: datetime) -> None:
    assert parse(typed, NOW, UTC) == meant


def test_a_day_is_that_of_the_time_zone_that_is_asked_in() -> None:
    auckland = timezone(timedelta(hours=13))
    assert parse("yesterday 14:00", NOW, auckland) == datetime(2026, 11, 22, 1, tzinfo=UTC)  # there it is 23:00


def test_what_only_a_collector_can_resolve_is_told_apart() -> None:
    assert is_word(" Before first failure ")
    assert is_word("before-first-failure")
    assert not is_word("yesterday")


@pytest.mark.parametrize("typed", ["", "yesterday 25:00", "yesterday-ish", "5 parsecs", "2026-13-01", "999999w"])
def test_what_is_no_instant_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(InstantError, match="2h"):
        parse(typed, NOW)


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_is_refused(typed: str) -> None:
    with contextlib.suppress(InstantError):
        assert parse(typed, NOW).tzinfo is not None
