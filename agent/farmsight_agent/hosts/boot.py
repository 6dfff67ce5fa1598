"""When the system was started, as a figure that does not move by itself.

Systems reckon it as now minus the time since the start, so that it moves with
each correction of the clock, a second or two in a month.
"""

from datetime import UTC, datetime
from typing import Final

import psutil

MOVES_BY_ITSELF_S: Final = 300.0
_told: list[float] = []  # the figure that was told last


def booted() -> datetime:
    """Return the start, to the minute: what was told before, unless it is off by minutes."""
    found = psutil.boot_time()
    if not _told or abs(found - _told[0]) > MOVES_BY_ITSELF_S:
        _told[:] = [found]
    return datetime.fromtimestamp(round(_told[0] / 60) * 60, UTC)
