"""What people type for an instant."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.cli.instants import InstantError, parse

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


@pytest.mark.parametrize("typed", ["", "yesterday-ish", "5 parsecs", "2026-13-01", "999999w"])
def test_what_is_no_instant_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(InstantError, match="2h"):
        parse(typed, NOW)


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_is_refused(typed: str) -> None:
    with contextlib.suppress(InstantError):
        assert parse(typed, NOW).tzinfo is not None
