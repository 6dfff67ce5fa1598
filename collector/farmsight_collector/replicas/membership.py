"""One replica among those on a PostgreSQL: it lives, claims its share of the farms, and tells what others found.

Every farm has one replica that should have it, which each works out alike from
who lives (rendezvous hashing: when one comes or goes, only its share moves).
That one takes the farm when it is free, and whoever has it otherwise gives it
up. So nothing has to be agreed on, and the claims in the database decide.
"""

import asyncio
import hashlib
import logging
import os
import platform
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar, TypeVarTuple

from sqlalchemy.engine import Connection, make_url

from farmsight_collector.clock import Clock
from farmsight_collector.correlate.claims import ClaimLostError
from farmsight_collector.correlate.followed import Followed
from farmsight_collector.errors import CollectorError
from farmsight_collector.metrics import Metrics
from farmsight_collector.replicas.hearing import Hearers, Hearing
from farmsight_collector.replicas.settings import Replicas
from farmsight_collector.store import claims, farms, notices
from farmsight_collector.store.claims import Claim, Replica
from farmsight_collector.store.engine import Store, beside
from farmsight_collector.version import VERSION

log = logging.getLogger(__name__)
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

_FARM: Final = "farm:"
_STOP_S: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class _Beat:
    """What a beat found."""

    living: list[Replica]
    claims: dict[str, Claim]
    farms: list[str]
    progress: dict[str, int] = field(default_factory=dict)


class Membership:
    """The loop of a replica, and the `Claims` of its watcher. On the event loop, but for what takes a connection."""

    tells = True

    def __init__(self, store: Store, settings: Replicas, clock: Clock, metrics: Metrics) -> None:
        """Belong to this store's database from `run` on."""
        self.replica = Replica(
            id=f"{platform.node()}:{os.getpid()}:{store.id}", name=settings.name or platform.node(), version=VERSION
        )
        self._store = beside(store)
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._followed = Followed(self._store)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="replica")
        self._hearing = Hearing(
            store.id, metrics, findings=self._look_soon, claims=self._beat_soon, anew=self._all_changed
        )
        self._hearers: Hearers | None = None
        self._wake = asyncio.Event()
        self._due = self._good_until = -1.0  # monotonic: the next beat; until when the last one lets it live
        self._jobs: set[str] = set()
        self._held: dict[str, int] = {}  # generation by name
        self._revisions: dict[str, int] = {}
        self._progress: dict[str, int] = {}
        self._look_at: set[str] = set()
        self._noted = False
        self._living: list[str] = []

    def holds(self, farm: str) -> bool:
        """Tell whether the farm is this replica's, as far as it knows."""
        return self._has(_FARM + farm)

    def does(self, job: str) -> bool:
        """Tell whether a job is this replica's; the first question asks for it, and whoever has it keeps it."""
        self._jobs.add(job)
        return self._has(job)

    def prove(self, connection: Connection, farm: str) -> None:
        """Let the farm stay this replica's until the transaction ends; raises ClaimLostError."""
        name = _FARM + farm
        if not claims.prove(connection, self.replica.id, name, self._held.get(name, -1)):
            raise ClaimLostError(f"{farm} is another replica's by now")

    def wrote(self, connection: Connection, farm: str) -> None:
        """Let all replicas know, with the commit, that findings of the farm changed."""
        claims.note_change(connection, _FARM + farm)
        notices.tell(connection, "findings", farm, sender=self._store.id)

    def pass_on(self, farm: str) -> None:
        """Say that facts of a farm changed, to the replica that has it."""
        if self._hearers is not None:
            self._hearers.changed(farm)
        if not self.holds(farm):
            self._thread.submit(self._tell_changed, farm)

    async def run(self, hearers: Hearers) -> None:
        """Live until cancelled."""
        self._hearers = hearers
        self._hearing.start(make_url(self._settings.direct) if self._settings.direct else self._store.url, hearers)
        try:
            while True:
                try:
                    if self._clock.monotonic() >= self._due:
                        await self._beat_once()
                    await self._look()
                except CollectorError as error:
                    self._metrics.add("beats_failed")
                    log.warning("this replica can't do its part just now: %s", error)
                await self._rest()
        finally:
            await self._hearing.stop()

    async def stop(self) -> None:
        """Be dead at once, so that others need not wait for the lease to end."""
        try:
            await asyncio.wait_for(self._in_thread(self._leave), _STOP_S)
        except (CollectorError, TimeoutError) as error:
            log.warning("this replica can't say that it goes; others notice in some seconds: %s", error)
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._store.close()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(max(0.02, min(self._due - self._clock.monotonic(), self._settings.beat_s))):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    async def _beat_once(self) -> None:
        began = self._clock.monotonic()
        self._due = began + self._settings.beat_s
        beat = await self._in_thread(self._beat, frozenset(self._jobs), self._hearing.deaf)
        lapsed = began > self._good_until
        self._good_until = began + self._settings.lease_s
        if not self._noted:
            await self._in_thread(self._followed.begin, beat.farms, self._clock.now())
            self._noted = True
        self._hearing.beaten()
        self._take_note(beat)
        self._see_findings(beat)
        if lapsed:
            self._all_changed()

    def _beat(self, jobs: frozenset[str], deaf: bool) -> _Beat:
        """Renew the lease, give up what is another's, take what is this replica's and free; in one transaction."""
        me = self.replica.id
        with self._store.write() as connection:
            came = claims.renew(connection, self.replica, self._settings.lease_s)
            living, found, all_farms = claims.living(connection), claims.claims(connection), farms.farms(connection)
            wanted = {_FARM + farm for farm in all_farms if _should_have(farm, living) == me}
            others = {n for n, one in found.items() if one.holder == me and n.startswith(_FARM)} - wanted
            alive = {one.id for one in living}
            free = {n for n in wanted | jobs if n not in found or found[n].holder not in alive}
            if others:
                claims.release(connection, me, others)
            claims.take(connection, me, free)
            notices.tell(connection, "claims" if came or others else "beat", me, sender=self._store.id)
            progress = claims.progress_of_farms(connection) if deaf else {}
            return _Beat(living=living, claims=claims.claims(connection), farms=all_farms, progress=progress)

    def _take_note(self, beat: _Beat) -> None:
        held = {name: one.generation for name, one in beat.claims.items() if one.holder == self.replica.id}
        gained = [name for name, generation in held.items() if self._held.get(name) != generation]
        self._metrics.add("claims_taken", len(gained))
        self._metrics.add("claims_lost", len(self._held.keys() - held.keys()))
        self._metrics.put("claims", len(held))
        self._metrics.put("replicas", len(beat.living))
        self._held = held
        self._changed(name.removeprefix(_FARM) for name in gained if name.startswith(_FARM))
        self._changed(farm for farm, count in beat.progress.items() if self._progress.get(farm, count) != count)
        self._progress = beat.progress
        living = [one.name for one in beat.living]
        if living != self._living:
            log.info("replicas that live: %s", ", ".join(living))
        self._living = living

    def _see_findings(self, beat: _Beat) -> None:
        """Take note of farms on which findings were written, whether or not a notice of it was heard."""
        for name, one in beat.claims.items():
            if name.startswith(_FARM) and self._revisions.get(name, 0) != one.revision:
                self._revisions[name] = one.revision
                self._look_at.add(name.removeprefix(_FARM))

    async def _look(self) -> None:
        while self._look_at and self._noted and self._hearers is not None:
            farm = next(iter(self._look_at))
            told = await self._in_thread(self._followed.look, farm, self._clock.now())
            self._look_at.discard(farm)
            for one in told:
                self._hearers.tell(one)

    def _look_soon(self, farm: str) -> None:
        self._look_at.add(farm)
        self._wake.set()

    def _beat_soon(self) -> None:
        self._due = -1.0
        self._wake.set()

    def _all_changed(self) -> None:
        self._changed(name.removeprefix(_FARM) for name in self._held if name.startswith(_FARM))
        self._wake.set()

    def _changed(self, some: Iterable[str]) -> None:
        if self._hearers is not None:
            for farm in tuple(some):
                self._hearers.changed(farm)

    def _has(self, name: str) -> bool:
        return name in self._held and self._clock.monotonic() < self._good_until

    def _tell_changed(self, farm: str) -> None:
        with self._store.write() as connection:
            notices.tell(connection, "changed", farm, sender=self._store.id)

    def _leave(self) -> None:
        with self._store.write() as connection:
            claims.leave(connection, self.replica.id)
            notices.tell(connection, "claims", self.replica.id, sender=self._store.id)

    async def _in_thread(self, call: Callable[[*_Ts], _T], *arguments: *_Ts) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)


def _should_have(farm: str, living: Iterable[Replica]) -> str:
    """Return the id of the replica that should have a farm; the same at each of them."""
    weighed = [(hashlib.sha256(f"{one.id} {farm}".encode()).digest(), one.id) for one in living]
    return max(weighed, default=(b"", ""))[1]
