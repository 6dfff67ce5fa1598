"""How long ago something was, in as few words as a reader needs."""

from datetime import UTC, datetime, timedelta

from farmsight_collector.shown.figures import span


def ago(since: datetime | str | None, at: datetime) -> str:
    """Return how long before `at` it was, empty where that is not known; what lies ahead is "in 3 h"."""
    if not since:
        return ""
    then = since if isinstance(since, datetime) else datetime.fromisoformat(since)
    length = at - then.astimezone(UTC)
    return f"in {span(-length)}" if length < timedelta(seconds=-1) else f"{span(length)} ago"
