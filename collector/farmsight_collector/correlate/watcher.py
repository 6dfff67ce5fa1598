"""Works findings out anew when a farm changed, and because time passes, and tells who watches.

One farm is evaluated at a time, in one thread beside the event loop. Changes
that come while a farm waits or is being evaluated are answered by one more
evaluation, so that load makes it coarser and never late without end.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar, TypeVarTuple

from sqlalchemy.engine import Connection

from farmsight_collector.clock import Clock
from farmsight_collector.config import Watching
from farmsight_collector.correlate.bells import Bells
from farmsight_collector.correlate.claims import Alone, ClaimLostError, Claims
from farmsight_collector.metrics import Metrics
from farmsight_collector.model import build
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.store import findings
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import FindingChange

log = logging.getLogger(__name__)
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

_PENDING_OF_A_WATCHER: Final = 1000
_PAUSE_AFTER_FAILURE_S: Final = 1.0
# A farm that changes without pause is left alone for a while after each evaluation, in proportion to what that took:
# ingest needs the processor too, and findings come within a second all the same.
_REST_SHARE: Final = 3.0
_LONGEST_REST_S: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Told:
    """One change of one finding, as watchers get it."""

    farm: str
    at: datetime
    change: FindingChange


@dataclass(kw_only=True)
class _Due:
    """When a farm was last evaluated, until when it rests, and since when it waits (monotonic seconds)."""

    last: float = -1e9
    rests: float = -1e9
    changed: float | None = None

    def turn(self, every_s: float) -> float:
        """Return when it is to be evaluated next."""
        return self.last + every_s if self.changed is None else self.rests


@dataclass(eq=False, kw_only=True)
class Subscription:
    """One watcher: iterate over what it is told; ends when it was too slow or the collector stops."""

    farm: str | None
    queue: "asyncio.Queue[Told | None]" = field(default_factory=lambda: asyncio.Queue(_PENDING_OF_A_WATCHER + 1))

    async def __aiter__(self) -> AsyncIterator[Told]:
        """Yield changes as they come."""
        while (told := await self.queue.get()) is not None:
            yield told


class Watcher:
    """The loop that keeps findings true."""

    def __init__(
        self,
        store: Store,
        evaluate: Callable[[Farm], Evaluation],
        clock: Clock,
        settings: Watching,
        metrics: Metrics,
        claims: Claims | None = None,
    ) -> None:
        """Evaluate the farms of this store; those that `claims` says are this process's, all without any."""
        self._store = store
        self._judge = evaluate
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._claims = claims or Alone()
        self._due: dict[str, _Due] = {}
        self._wake = asyncio.Event()
        self._subscriptions: set[Subscription] = set()
        self.bells = Bells()  # after each evaluation that a change of facts caused, and at each change of findings
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watcher")
        self._record: Callable[[Connection, str, list[FindingChange], datetime], None] = lambda *_: None
        self._note: Callable[[Farm, Evaluation], None] = lambda _farm, _evaluation: None
        metrics.ask("watchers", lambda: len(self._subscriptions))
        metrics.ask("farms", lambda: len(self._due))

    def noting(self, note: Callable[[Farm, Evaluation], None]) -> None:
        """Hand each evaluation with the view it is of to `note`, in the watcher's thread."""
        self._note = note

    def recording(self, record: Callable[[Connection, str, list[FindingChange], datetime], None]) -> None:
        """Hand what changed to `record`, within the transaction that changes it."""
        self._record = record

    def changed(self, farm: str) -> None:
        """Say that facts of a farm changed; on the event loop. What another process works on is none of ours."""
        if not self._claims.holds(farm):
            self.bells.ring(farm)
            return
        due = self._due.setdefault(farm, _Due())
        if due.changed is None:
            due.changed = self._clock.monotonic()
        self._wake.set()

    @contextmanager
    def subscribe(self, farm: str | None = None) -> Iterator[Subscription]:
        """Be told of the changes of one farm, or of all, while in the block."""
        subscription = Subscription(farm=farm)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def run(self) -> None:
        """Evaluate until cancelled; no failure of one farm ends it."""
        while True:
            try:
                await self._find_farms()
                await self._evaluate_due()
                await self._wait()
            except asyncio.CancelledError:
                raise
            except Exception:  # a full disk or a bad rule today must not end watching
                log.exception("watching failed; going on")
                await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)

    def dismiss(self) -> None:
        """End all subscriptions: nobody waits any longer for what will not come."""
        for subscription in self._subscriptions:
            subscription.queue.put_nowait(None)  # the last place is kept for this
        self._subscriptions.clear()

    async def stop(self) -> None:
        """End the thread, after the evaluation under way."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def _find_farms(self) -> None:
        for farm in await self._in_thread(self._farms):
            self._due.setdefault(farm, _Due())

    async def _evaluate_due(self) -> None:
        # Changed farms first, those that wait longest before others.
        order = sorted(self._ours(), key=lambda item: (item[1].changed is None, item[1].changed or item[1].last))
        for farm, due in order:
            now = self._clock.monotonic()
            if now < due.turn(self._settings.every_s):
                continue
            changed, due.changed, due.last = due.changed, None, now
            await self._evaluate_one(farm, changed)
            ended = self._clock.monotonic()
            due.rests = ended + min(_REST_SHARE * (ended - now), _LONGEST_REST_S)
            if changed is None and self._wake.is_set():
                return  # a change came meanwhile: it goes first

    async def _evaluate_one(self, farm: str, changed: float | None) -> None:
        began = self._clock.monotonic()
        try:
            evaluation, changes = await self._in_thread(self._evaluate, farm)
        except ClaimLostError as error:
            log.info("%s", error)
            return
        except Exception:  # the farm is tried again in time; the others go on
            self._metrics.add("evaluation_failures")
            log.exception("evaluating %s failed", farm)
            self.bells.ring(farm)  # the facts changed all the same
            return
        ended = self._clock.monotonic()
        self._metrics.add("evaluations")
        self._metrics.add("finding_changes", len(changes))
        self._metrics.put("evaluation_seconds", ended - began)
        self._metrics.took("evaluation_duration_seconds", ended - began)
        if changed is not None:
            self._metrics.put("change_to_finding_seconds", ended - changed)
        if changed is not None:
            self.bells.ring(farm)
        for change in () if self._claims.tells else changes:
            self.tell(Told(farm=farm, at=evaluation.as_of, change=change))

    async def _wait(self) -> None:
        now = self._clock.monotonic()
        next_turn = min((due.turn(self._settings.every_s) for _, due in self._ours()), default=now + 5)
        try:
            async with asyncio.timeout(min(max(0.05, next_turn - now), 5)):
                await self._wake.wait()
            await asyncio.sleep(self._settings.coalesce_ms / 1000)
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    def _ours(self) -> list[tuple[str, _Due]]:
        return [(farm, due) for farm, due in self._due.items() if self._claims.holds(farm)]

    def tell(self, told: Told) -> None:
        """Let everybody who watches know of a change; on the event loop."""
        self.bells.ring(told.farm)
        for subscription in tuple(self._subscriptions):
            if subscription.farm not in (None, told.farm):
                continue
            if subscription.queue.qsize() < _PENDING_OF_A_WATCHER:
                subscription.queue.put_nowait(told)
                continue
            self._subscriptions.discard(subscription)
            subscription.queue.put_nowait(None)  # the last place is kept for this
            self._metrics.add("watchers_dropped")

    def _farms(self) -> list[str]:
        with self._store.read() as connection:
            return build.farms(connection)

    def _evaluate(self, farm: str) -> tuple[Evaluation, list[FindingChange]]:
        at = self._clock.now()
        with self._store.read() as connection:
            view = build.farm_as_of(connection, farm, at)
            evaluation = self._judge(view)
        with self._store.write() as connection:
            self._claims.prove(connection, farm)
            changes = findings.reconcile(connection, farm, evaluation, at)
            if changes:
                self._record(connection, farm, changes, at)
                self._claims.wrote(connection, farm)
        self._note(view, evaluation)
        return evaluation, changes

    async def _in_thread(self, call: Callable[[*_Ts], _T], *arguments: *_Ts) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
