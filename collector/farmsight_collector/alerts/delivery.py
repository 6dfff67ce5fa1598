"""Takes messages out of the outbox and sends them, again until they are taken or time is up.

At least once: when a receiver took a message and its answer was lost, or this
process died before it could write the answer down, the message is sent once
more, with the same key.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from farmsight_collector.alerts import message
from farmsight_collector.alerts.channel_settings import Channel
from farmsight_collector.alerts.channels.channel import Sender, SendError, said
from farmsight_collector.alerts.channels.making import sender
from farmsight_collector.alerts.completing import complete
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.clock import Clock
from farmsight_collector.errors import CollectorError
from farmsight_collector.store import outbox
from farmsight_collector.store.engine import Store
from farmsight_collector.store.outbox import Claimed

log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 900.0
MOST_REFUSALS: Final = 5  # attempts after an answer that says "never"
AT_ONCE: Final = 8
WRITTEN_DOWN_WITHIN: Final = timedelta(seconds=5)  # what came of an attempt


@dataclass(frozen=True, kw_only=True)
class Way:
    """One channel with what sends by it."""

    settings: Channel
    sender: Sender


def ways(settings: Alerts, folder: Path, now: Callable[[], datetime]) -> dict[str, Way]:
    """Return every channel by its name."""
    return {one.name: Way(settings=one, sender=sender(one, folder, now)) for one in settings.channels}


class Courier:
    """Sends what is due; several of them, in any number of processes, share one outbox."""

    def __init__(
        self,
        store: Store,
        settings: Alerts,
        open_ways: Mapping[str, Way],
        clock: Clock,
        base: Callable[[], str],
        ring: Callable[[str], None],
    ) -> None:
        """Send by these ways; `base` returns the web page's address for links, `ring` is called with a farm's name."""
        self._store = store
        self._lease = timedelta(seconds=settings.lease_s)
        self._give_up = timedelta(hours=settings.give_up_hours)
        self._ways = open_ways
        self._clock = clock
        self._base = base
        self._ring = ring

    async def round(self) -> int:
        """Send what is due now, each once; returns how many deliveries were tried."""
        claimed = await asyncio.to_thread(self._claim)
        await asyncio.gather(*(self._deliver(one) for one in claimed))
        return len(claimed)

    def _claim(self) -> list[Claimed]:
        if not self._ways:
            return []
        with self._store.read() as connection:
            if not outbox.is_due(connection, list(self._ways), self._clock.now()):
                return []
        with self._store.write() as connection:
            return outbox.claim(connection, list(self._ways), self._clock.now(), self._lease, AT_ONCE)

    async def _deliver(self, taken: Claimed) -> None:
        way = self._ways[taken.channel]
        try:
            told = await asyncio.to_thread(self._told, taken)
            left = taken.until - WRITTEN_DOWN_WITHIN - self._clock.now()
            if left <= timedelta():  # this process stood still: by now it may be another's, and on its way
                log.warning(
                    "alert %s by %s waits: its lease ran out before it was sent", taken.message_id, taken.channel
                )
                return
            answer = await self._send(way, told, left)
        except SendError as error:
            await asyncio.to_thread(self._failed, taken, error)
        except CollectorError as error:  # the store is busy: the lease runs out, and it is tried again
            log.warning("alert %s waits: %s", taken.message_id, error)
        else:
            await asyncio.to_thread(self._settle, taken, "sent", self._clock.now(), answer)
        self._ring(str(taken.payload["farm"]))

    async def _send(self, way: Way, told: Mapping[str, Any], left: timedelta) -> str:
        # Below the lease, so that nobody else sends meanwhile.
        longest = min(way.settings.timeout_s * 3.0, left.total_seconds())
        try:
            async with asyncio.timeout(longest):
                return await way.sender.send(told)
        except TimeoutError as error:
            raise SendError(f"no answer within {longest:.0f} s") from error
        except (SendError, CollectorError):
            raise
        except Exception as error:  # a fault in one channel must not end the sending by others
            log.exception("channel %s failed", way.settings.name)
            raise SendError(said(error)) from error

    def _told(self, taken: Claimed) -> dict[str, Any]:
        told = taken.payload if taken.complete else self._completed(taken)
        return message.only(told, taken.items)

    def _completed(self, taken: Claimed) -> Mapping[str, Any]:
        try:
            with self._store.read() as connection:
                whole = complete(connection, taken.payload, self._base())
        except Exception:  # a rule that fails on the past must not keep an alert back
            log.exception("the first change before alert %s could not be looked for", taken.message_id)
            whole = message.linked(taken.payload, self._base())
        with self._store.write() as connection:
            if outbox.fill_in(connection, taken.farm_id, taken.message_id, whole):
                return whole
            return outbox.payload_of(connection, taken.farm_id, taken.message_id)  # another channel was faster

    def _failed(self, taken: Claimed, error: SendError) -> None:
        now = self._clock.now()
        over = now - taken.made > self._give_up or (error.final and taken.attempts >= MOST_REFUSALS)
        log.warning("alert %s by %s, attempt %d: %s", taken.message_id, taken.channel, taken.attempts, error)
        if over:
            self._settle(taken, "dead", now, str(error))
            return
        wait = max(error.retry_after_s, pause_s(taken.attempts))
        self._settle(taken, "waiting", now + timedelta(seconds=wait), str(error))

    def _settle(self, taken: Claimed, state: outbox.State, due: datetime, answer: str) -> None:
        with self._store.write() as connection:
            mine = outbox.settle(connection, taken, state, due=due, answer=message.text(answer, 500))
        if not mine:
            log.warning("alert %s by %s took longer than its lease", taken.message_id, taken.channel)


def pause_s(attempts: int, draw: Callable[[float, float], float] = random.uniform) -> float:
    """Return how long to wait after so many attempts: longer each time, and never in step with others."""
    longest: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempts - 1, 10))
    return draw(longest / 2, longest)
