"""Times in PowerShell's output, which come in the culture of the session, and without a zone."""

from collections.abc import Iterable
from datetime import datetime

from farmsight_agent.hosts.evidence.certutil.dates import Calendar


def told(text: str, spans: Iterable[tuple[str, str]] = ()) -> str:
    """Return a time as ISO 8601, or "" where the order of day and month can't be told.

    `spans` are pairs of times of the same session of which the first is the
    earlier one: they may tell the order.
    """
    text = text.strip()
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        when = Calendar([text], spans).utc(text)
        return when.isoformat() if when is not None else ""
    return text


def has_zone(text: str) -> bool:
    """Tell whether a time is ISO 8601 with its zone, so that it is exact."""
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is not None
    except ValueError:
        return False
