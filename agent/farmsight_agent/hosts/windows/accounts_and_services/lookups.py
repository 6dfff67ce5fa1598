"""What the security authority is asked about accounts (advapi32): each once, within a time for all of one answer.

A domain's account may be asked for over the network. What is not looked up
any more is told as it was last: a domain controller's mood is no change of
who an account is.
"""

import sys
from collections.abc import Callable
from typing import Final

import pywintypes
import winerror

from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.hosts.windows.api.limited import within
from farmsight_agent.outcome import TimedOutError

assert sys.platform == "win32"  # what it stands on is there only

LIMIT_S: Final = 8.0
_MOST_REMEMBERED: Final = 1000


class Lookups:
    """The lookups of one answer; `last` is what all answers before it found."""

    def __init__(self, last: dict[str, str], limit_s: float = LIMIT_S, clock: Clock | None = None) -> None:
        """Take the time that all lookups together may take."""
        self._clock = clock or SystemClock()
        self._last = last
        self._left = limit_s
        self._found: dict[str, str] = {}

    def __call__(self, asked: str, look: Callable[[], str]) -> str:
        """Return what `look` finds, "" where nobody knows such an account or can tell."""
        if asked not in self._found:
            self._found[asked] = self._looked_up(asked, look)
        return self._found[asked]

    def _looked_up(self, asked: str, look: Callable[[], str]) -> str:
        if self._left <= 0:
            return self._last.get(asked, "")
        began = self._clock.monotonic()
        try:
            found = within(self._left, look)
        except TimedOutError:
            return self._last.get(asked, "")
        except pywintypes.error as error:
            return "" if error.winerror == winerror.ERROR_NONE_MAPPED else self._last.get(asked, "")
        finally:
            self._left -= self._clock.monotonic() - began
        if len(self._last) >= _MOST_REMEMBERED:
            self._last.clear()
        self._last[asked] = found
        return found
