"""What one caller may do in a while, and how much all may have under way."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable


class Bucket:
    """A token bucket: `burst` at once, `rate` a second for long."""

    __slots__ = ("_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float, at: float) -> None:
        """Begin full, at this monotonic instant (seconds)."""
        self.rate = rate
        self.burst = burst
        self._level = burst
        self._at = at

    def take(self, at: float, amount: float = 1) -> bool:
        """Take from the bucket; False when there is not enough in it."""
        self._level = min(self.burst, self._level + (at - self._at) * self.rate)
        self._at = at
        if self._level < amount:
            return False
        self._level -= amount
        return True

    def seconds_until(self, share: float) -> float:
        """Return how long until this share (0 to 1) of the burst is there again; 0 when it is."""
        return max(0.0, (share * self.burst - self._level) / self.rate)


class CallRates:
    """One bucket an address, for calls that anyone may make; remembers only the most recent addresses."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float], most: int = 10_000) -> None:
        """Let each address call so often."""
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def allows(self, address: str) -> bool:
        """Count a call; False when it is one too many."""
        now = self._monotonic()
        bucket = self._buckets.pop(address, None) or Bucket(self._per_minute / 60, self._per_minute, now)
        self._buckets[address] = bucket
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket.take(now)


class InFlight:
    """Bytes that were read and are not yet committed; used on the event loop only."""

    __slots__ = ("_freed", "bound", "held")

    def __init__(self, bound: int) -> None:
        """Hold up to `bound` bytes."""
        self.bound = bound
        self.held = 0
        self._freed = asyncio.Event()

    async def take(self, size: int, patience_s: float) -> bool:
        """Wait for room and take it; False when there was none for so long.

        One frame always gets in, so that a bound below a frame's size stops nobody for ever.
        """
        if self._fits(size):
            self.held += size
            return True
        try:
            async with asyncio.timeout(patience_s):
                while not self._fits(size):
                    self._freed.clear()
                    await self._freed.wait()
        except TimeoutError:
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Make room again."""
        self.held -= size
        self._freed.set()

    def _fits(self, size: int) -> bool:
        return self.held == 0 or self.held + size <= self.bound
