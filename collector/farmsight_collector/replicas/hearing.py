"""What a replica hears from others, who is told of it, and whether it hears at all."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import URL

from farmsight_collector.correlate.watcher import Told
from farmsight_collector.metrics import Metrics
from farmsight_collector.replicas.listener import Listener
from farmsight_collector.store.notices import Notice

log = logging.getLogger(__name__)

_DEAF_AFTER: Final = 3  # beats of its own that a replica did not hear
_STOP_S: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Hearers:
    """Who is told of what others did, on the event loop."""

    changed: Callable[[str], None]  # facts of a farm
    tell: Callable[[Told], None]  # findings
    revoked: Callable[[], None]  # somebody was
    stream: Callable[[str], None]  # an agent said hello to another replica


class Hearing:
    """On the event loop. `findings`, `claims` and `anew` are the replica's own business."""

    def __init__(
        self,
        own: str,
        metrics: Metrics,
        *,
        findings: Callable[[str], None],
        claims: Callable[[], None],
        anew: Callable[[], None],
    ) -> None:
        """Know what this process itself tells by its sender `own`."""
        self._own = own
        self._metrics = metrics
        self._findings = findings
        self._claims = claims
        self._anew = anew
        self._unheard = 0
        self._listener: Listener | None = None
        self._hearers: Hearers | None = None
        self.deaf = False

    def start(self, url: URL, hearers: Hearers) -> None:
        """Listen at this database from now on."""
        loop = asyncio.get_running_loop()

        def post(call: Callable[[], None]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(call)

        self._hearers = hearers
        self._listener = Listener(url, lambda notice: post(lambda: self._hear(notice)), lambda: post(self._opened))
        self._listener.start()

    async def stop(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            await asyncio.to_thread(self._listener.stop, _STOP_S)

    def beaten(self) -> None:
        """Take note that this replica told that it lives, which it must hear itself.

        A pooler may pass no notices on, and a cut network swallows them.
        """
        self._unheard += 1
        if self._unheard <= _DEAF_AFTER:
            return
        if not self.deaf:
            log.warning("notices of this database do not arrive here; it is asked at each beat instead")
        self._set_deaf(deaf=True)
        self._unheard = 0
        if self._listener is not None:
            self._listener.open_anew()

    def _hear(self, notice: Notice) -> None:
        self._metrics.add("notices_heard")
        own = notice.sender == self._own
        if own:
            self._unheard = 0
            if self.deaf:
                log.warning("notices of this database arrive again")
            self._set_deaf(deaf=False)
        if notice.word == "findings":
            self._findings(notice.subject)
        elif notice.word == "claims" and not own:
            self._claims()
        elif self._hearers is not None and not own:
            self._pass_on(self._hearers, notice)

    def _pass_on(self, hearers: Hearers, notice: Notice) -> None:
        if notice.word == "changed":
            hearers.changed(notice.subject)
        elif notice.word == "revoked":
            hearers.revoked()
        elif notice.word == "stream":
            hearers.stream(notice.subject)

    def _opened(self) -> None:
        """Make good what nobody heard while there was no connection."""
        self._anew()
        if self._hearers is not None:
            self._hearers.revoked()

    def _set_deaf(self, *, deaf: bool) -> None:
        self.deaf = deaf
        self._metrics.put("deaf", float(deaf))
