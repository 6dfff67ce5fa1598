"""What alerts do by themselves while the collector runs: listen for silence, let time count, send, remind, tidy up."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from farmsight_collector.alerts import message, silence
from farmsight_collector.alerts.channels.alertmanager import AlertmanagerSender
from farmsight_collector.alerts.channels.channel import SendError
from farmsight_collector.alerts.delivery import Courier, Way, ways
from farmsight_collector.alerts.recording import Recorder, seen
from farmsight_collector.alerts.settings import SILENT, Alerts
from farmsight_collector.alerts.standing import Standing
from farmsight_collector.alerts.telling import Decision
from farmsight_collector.clock import Clock
from farmsight_collector.errors import StoreError
from farmsight_collector.store import agent_signs, alert_standings, farms, outbox
from farmsight_collector.store.agent_signs import Watch
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import FindingChange, newest_of

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
LISTEN_EVERY: Final = timedelta(seconds=3)
SIGNS_EVERY: Final = timedelta(seconds=9)
TIDY_EVERY: Final = timedelta(minutes=10)
_ORPHANED: Final = timedelta(hours=1)
Signs = Callable[[datetime], Sequence[tuple[int, str]]]


class AlertService:
    """The loops of alerts of one collector, and what the watcher calls when findings change."""

    def __init__(
        self,
        store: Store,
        settings: Alerts,
        clock: Clock,
        *,
        folder: Path,
        collector: str = "",
        base: Callable[[], str] = lambda: "",
        signs: Signs = lambda _since: (),
        ring: Callable[[str], None] = lambda _farm: None,
    ) -> None:
        """Tell of this store's farms.

        `base` returns the address of the web page, `signs` the agents heard
        since an instant with when; `ring` is called on the event loop when a
        delivery of a farm ended.
        """
        self.recorder = Recorder(settings, collector)
        self._store = store
        self._settings = settings
        self._clock = clock
        self._base = base
        self._signs = signs
        self._ways = ways(settings, folder, clock.now)
        self._courier = Courier(store, settings, self._ways, clock, base, ring)
        self._last: dict[str, datetime] = {}
        self._watch: Watch | None = None

    def changed(self, connection: Connection, farm: str, changes: Sequence[FindingChange], at: datetime) -> None:
        """Write what is told of changed findings into the outbox, within the transaction that changes them."""
        try:
            with connection.begin_nested():
                self.recorder.changed(connection, farm, changes, at)
        except (StoreError, DBAPIError):
            raise  # the whole transaction is tried again
        except Exception:  # a fault here must not keep findings from being stored; it is caught up with in minutes
            log.exception("alerts about %s could not be worked out", farm)

    async def run(self) -> None:
        """Do it all until cancelled; no failure ends it."""
        await asyncio.gather(self._forever(self.look), self._forever(self.send))

    async def look(self) -> None:
        """Look once what time has brought."""
        now = self._clock.now()
        heard = self._signs(now - 3 * SIGNS_EVERY) if self._is_time("signs", now, SIGNS_EVERY) else None
        await asyncio.to_thread(self._look, now, heard)

    async def send(self) -> None:
        """Send once what is due."""
        while await self._courier.round():
            pass
        for way in self._ways.values():
            if isinstance(way.sender, AlertmanagerSender):
                await self._resend(way, way.sender)

    async def _forever(self, step: Callable[[], Any]) -> None:
        while True:
            try:
                await step()
            except asyncio.CancelledError:
                raise
            except Exception:  # a busy store, a full disk: the next second tries again
                log.exception("alerts failed; going on")
            await asyncio.sleep(EVERY_S)

    def _look(self, now: datetime, heard: Sequence[tuple[int, str]] | None) -> None:
        if heard is not None:
            with self._store.write() as connection:
                agent_signs.heard(connection, heard)
                self._watch = agent_signs.watch(connection, now)
        if self._watch is not None and self._is_time("listen", now, LISTEN_EVERY):
            silence.look(self._store, self.recorder, self._watch, now)
        with self._store.read() as connection:
            due = alert_standings.farms_due(connection, now)
        for farm_id in due:
            with self._store.write() as connection:
                farms.lock_farm(connection, farm_id)
                self.recorder.due(connection, farm_id, farms.farm_name(connection, farm_id), now)
        if self._is_time("tidy", now, TIDY_EVERY):
            self._tidy(now)

    def _tidy(self, now: datetime) -> None:
        with self._store.read() as connection:
            names = farms.farms(connection)
        for name in names:
            self._catch_up(name, now)
        with self._store.write() as connection:
            outbox.end_orphans(connection, list(self._ways), now - _ORPHANED, now)
            outbox.prune(connection, now - timedelta(days=self._settings.keep_days))

    def _catch_up(self, farm: str, now: datetime) -> None:
        """Take in what alerts missed: findings from before there were alerts, and those of a failed recording."""
        with self._store.read() as connection:
            farm_id = farms.ensure_farm(connection, farm)
            if not alert_standings.missed(connection, farm_id):
                return
        with self._store.write() as connection:
            farms.lock_farm(connection, farm_id)
            missed = alert_standings.missed(connection, farm_id)
            rows = [row for row in newest_of(connection, farm, missed) if row.code != SILENT]
            self.recorder.saw(connection, farm_id, farm, [seen(row) for row in rows], now)

    async def _resend(self, way: Way, sender: AlertmanagerSender) -> None:
        """Send what fires once more before an Alertmanager takes it for over; one collector does so."""
        now = self._clock.now()
        alerts = await asyncio.to_thread(self._firing, way, now)
        if not alerts:
            return
        try:
            await sender.post(alerts, now)
        except SendError as error:
            log.warning("firing alerts could not be sent to %s again: %s", way.settings.name, error)

    def _firing(self, way: Way, now: datetime) -> list[dict[str, Any]]:
        every = timedelta(seconds=getattr(way.settings, "resend_s", 60))
        if not self._is_time(f"resend {way.settings.name}", now, every):
            return []
        with self._store.write() as connection:
            if not outbox.take_turn(connection, f"resend {way.settings.name}", now, every):
                return []
            told = alert_standings.told(connection)
            names = {farm_id: farms.farm_name(connection, farm_id) for farm_id in {farm for farm, _ in told}}
        alerts = [_firing(Standing.from_json(state), names[farm_id], now) for farm_id, state in told]
        wanted = [one for one in alerts if way.settings.wants(one["farm"], one["code"], one["severity"])]
        return list(message.linked({"alerts": wanted, "made": message.stamp(now)}, self._base())["alerts"])

    def _is_time(self, what: str, now: datetime, every: timedelta) -> bool:
        last = self._last.get(what)
        if last is not None and last <= now < last + every:
            return False
        self._last[what] = now
        return True


def _firing(standing: Standing, farm: str, now: datetime) -> dict[str, Any]:
    """Return what people were told is open, as they were told."""
    known = standing.known_severity or standing.severity
    told = Standing(**{**vars(standing), "open": True, "severity": known, "known_severity": known})
    return message.alert(Decision(standing=told, event="reminder", before=told), farm, now)
