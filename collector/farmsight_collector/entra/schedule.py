"""Asks each tenant as often as its registration says, for as long as the collector runs, and never dies of it.

When a tenant was last asked stands in the store: a restart keeps the rhythm,
and of several collectors on one store that all hold the registration only one
asks at a time.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from farmsight_collector.clock import Clock
from farmsight_collector.entra import credentials, registration, voice
from farmsight_collector.entra.recording import Recorded, Recorder
from farmsight_collector.entra.registration import Registration, RegistrationError
from farmsight_collector.entra.run import Ran, Runner
from farmsight_collector.entra.web import RUN_S
from farmsight_collector.errors import CollectorError
from farmsight_collector.model.words import plain
from farmsight_collector.store.engine import Store

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0  # how soon a registration that was added or removed is noticed
SOON_S: Final = 5.0  # until a tenant whose place in the store could not be read is looked at again
NOT_MINE_S: Final = 10.0  # how soon a replica notices that the one which asked a tenant is gone
JITTER: Final = 0.1
SOON_ENDS: Final = timedelta(days=30)
LONGEST_PAUSE_S: Final = 3600.0
OVERRUN_S: Final = 30.0


@dataclass(eq=False, kw_only=True)
class _Tenant:
    """One tenant between its runs."""

    runner: Runner
    due: float  # monotonic
    failures: int = 0
    told: frozenset[tuple[str, str]] = frozenset()  # the troubles that the log has
    running: Future[Ran] | None = None
    task: asyncio.Task[None] | None = None


@dataclass(eq=False, kw_only=True)
class Schedule:
    """The loop. `changed` is told of farms whose picture changed, on the event loop."""

    data: Path
    store: Store
    clock: Clock
    changed: Callable[[str], None]
    mine: Callable[[str], bool] = lambda _tenant: True  # whether this replica is the one that asks a tenant
    run_s: float = RUN_S
    look_s: float = LOOK_S
    _tenants: dict[str, _Tenant] = field(default_factory=dict)
    _unreadable: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Ask until cancelled; runs under way are told to end."""
        recorder: Recorder | None = None
        try:
            while True:
                await self._look()
                for tenant in self._tenants.values():
                    if self.clock.monotonic() >= tenant.due and (tenant.task is None or tenant.task.done()):
                        recorder = recorder or Recorder(self.store)
                        tenant.task = asyncio.create_task(self._once(tenant, recorder))
                await asyncio.sleep(self.look_s)
        finally:
            for tenant in self._tenants.values():
                tenant.runner.stop.set()
                if tenant.task is not None:
                    tenant.task.cancel()

    async def _look(self) -> None:
        """Notice registrations that came, changed or went."""
        there = {}
        for name in await asyncio.to_thread(registration.names, self.data):
            try:
                there[name] = registration.load(self.data, name)
            except RegistrationError as error:
                self._say_once(name, str(error))
        for name, tenant in list(self._tenants.items()):
            if there.get(name) != tenant.runner.registration:
                tenant.runner.stop.set()
                del self._tenants[name]
        for name, one in there.items():
            if name not in self._tenants:
                runner = Runner(self.data, one, self.clock, self.run_s)
                self._tenants[name] = _Tenant(runner=runner, due=await self._first(one))

    async def _first(self, one: Registration) -> float:
        """Return when a tenant is asked first: where the rhythm of its last run says, else soon."""
        now = self.clock.monotonic()
        soon = now + random.uniform(0, min(5.0, one.every_s * JITTER))
        try:
            last = await asyncio.to_thread(voice.last_asked, self.store, one)
        except CollectorError as error:
            self._say_once(one.name, str(error))
            return now + SOON_S
        if last is None:
            return soon
        left = (last + timedelta(seconds=one.every_s) - self.clock.now()).total_seconds()
        return max(soon, now + min(left, one.every_s))  # a clock that was set back must not keep it from asking

    async def _once(self, tenant: _Tenant, recorder: Recorder) -> None:
        one = tenant.runner.registration
        wait = float(one.every_s)
        try:
            if not self.mine(one.voice):
                wait = min(wait, NOT_MINE_S)
            elif not await self._asked_elsewhere(one):
                wait = await self._ask(tenant, recorder)
        except asyncio.CancelledError:
            raise
        except CollectorError as error:
            self._tell(tenant, frozenset({("store", str(error))}))
        except Exception:  # a bug here must not end the asking of other tenants
            log.exception("asking %s failed", one.name)
        tenant.due = self.clock.monotonic() + wait * random.uniform(1 - JITTER, 1.0)

    async def _asked_elsewhere(self, one: Registration) -> bool:
        """Tell whether another collector asked just now."""
        last = await asyncio.to_thread(voice.last_asked, self.store, one)
        return last is not None and timedelta(0) <= self.clock.now() - last < timedelta(seconds=one.every_s / 2)

    async def _ask(self, tenant: _Tenant, recorder: Recorder) -> float:
        """Ask and record; returns after how many seconds to ask again."""
        one = tenant.runner.registration
        ran = await self._ran(tenant)
        if ran is None:
            self._tell(tenant, frozenset({("run", "a run did not end in time; no other is begun before it does")}))
            return float(one.every_s)
        recorded = await asyncio.to_thread(recorder.record, one, ran, self.clock.now())
        if recorded.changed:
            self.changed(one.farm)
        self._tell(tenant, _troubles(recorded) | self._ending(one))
        blind = not any(part.known for part in recorded.parts)
        tenant.failures = tenant.failures + 1 if blind else 0
        pause = min(one.every_s * 2.0 ** min(tenant.failures - 1, 6), max(LONGEST_PAUSE_S, one.every_s)) if blind else 0
        return max(one.every_s, pause, ran.wait_s)

    async def _ran(self, tenant: _Tenant) -> Ran | None:
        """Return a run, made in a thread that no stop has to wait for; None where it would not end."""
        if tenant.running is not None and not tenant.running.done():
            return None
        made: Future[Ran] = Future()
        made.set_running_or_notify_cancel()  # so that giving it up does not make it look ended
        tenant.running = made

        def body() -> None:
            try:
                made.set_result(tenant.runner.run())
            except BaseException as error:
                made.set_exception(error)

        threading.Thread(target=body, name=f"entra-{tenant.runner.registration.name}", daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(made), self.run_s + OVERRUN_S)
        except TimeoutError:
            return None

    def _ending(self, one: Registration) -> frozenset[tuple[str, str]]:
        """Return that the certificate which is asked with ends soon."""
        ends = credentials.shown(self.data, one.name, one.kind).expires
        if ends is None or ends - self.clock.now() > SOON_ENDS:
            return frozenset()
        return frozenset({("certificate", f"ends on {ends:%Y-%m-%d}; add the tenant anew with another one")})

    def _tell(self, tenant: _Tenant, troubles: frozenset[tuple[str, str]]) -> None:
        """Say a trouble in the log when it comes and when it goes, not with each run."""
        name = tenant.runner.registration.name
        for part, text in sorted(troubles - tenant.told):
            log.warning("tenant %s: %s: %s", name, part, plain(text))
        over = {part for part, _ in tenant.told} - {part for part, _ in troubles}
        if over:
            log.warning("tenant %s: well again: %s", name, ", ".join(sorted(over)))
        tenant.told = troubles

    def _say_once(self, name: str, text: str) -> None:
        if self._unreadable.get(name) != text:
            log.warning("tenant %s: %s", name, plain(text))
            self._unreadable[name] = text


def _troubles(recorded: Recorded) -> frozenset[tuple[str, str]]:
    return frozenset(
        (part.part, f"{part.outcome}: {part.detail or part.reason}") for part in recorded.parts if not part.known
    )
