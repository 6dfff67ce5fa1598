"""The composition root: makes every part of a running collector, and ends them in order."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from farmsight_collector import collecting, folder, notify
from farmsight_collector.clock import Clock
from farmsight_collector.config import Config
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.entra import registration
from farmsight_collector.errors import CollectorError
from farmsight_collector.identity.access import Access, access
from farmsight_collector.identity.admission import Admission
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.ingest.assembly import empty_folder
from farmsight_collector.ingest.bounds import CallRates, InFlight
from farmsight_collector.ingest.commit import Committer
from farmsight_collector.ingest.pipeline import Pipeline
from farmsight_collector.metrics import Metrics
from farmsight_collector.model.view import Farm
from farmsight_collector.replicas.hearing import Hearers
from farmsight_collector.replicas.membership import Membership
from farmsight_collector.rpc import server
from farmsight_collector.rpc.bearer import BearerInterceptor, BearerTokens
from farmsight_collector.rpc.enrolment import EnrollmentServicer
from farmsight_collector.rpc.gate import Gate
from farmsight_collector.rpc.peer import Peers
from farmsight_collector.rpc.sessions import Sessions
from farmsight_collector.rpc.telemetry import Intake, TelemetryServicer
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.settings import OFF
from farmsight_collector.store import retention
from farmsight_collector.store.engine import Store

if TYPE_CHECKING:
    from farmsight_collector.alerts.service import AlertService
    from farmsight_collector.export.prometheus.composed import Scrapes
    from farmsight_collector.web.composed import Web

log = logging.getLogger(__name__)

STOP_WITHIN_S: Final = 2.0
STREAMS_END_WITHIN_S: Final = 2.0  # so that each hears why; a busy machine needs more than one
INTERRUPTED: Final = 130  # the exit code after Ctrl-C
METRICS_EVERY_S: Final = 10.0
PRUNE_EVERY_S: Final = 3600.0
PRUNING: Final = "prune"
TENANTS_LOOK_S: Final = 5.0
PATIENCE_S: Final = 10.0  # how long a stream waits for room before it is refused


@dataclass(frozen=True, kw_only=True)
class Collector:
    """The parts of a collector that is about to serve."""

    config: Config
    store: Store
    metrics: Metrics
    pipeline: Pipeline
    sessions: Sessions
    watcher: Watcher
    alerts: "AlertService"
    membership: Membership | None  # where others may be on the same database
    ports: tuple[server.Port, ...]
    web: "Web | None" = None
    scrapes: "Scrapes | None" = None


def serve(config: Config, clock: Clock, ready: Callable[[dict[str, str]], None]) -> int:
    """Run until SIGTERM (exit code 0) or Ctrl-C (130); returns that code. `ready` is told the addresses.

    Raises PortError, ConfigError, AuthorityError, FolderError, StoreError before anything is answered.
    """
    logging.basicConfig(
        level=config.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return asyncio.run(_serve(config, clock, ready))


async def _serve(config: Config, clock: Clock, ready: Callable[[dict[str, str]], None]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    codes: list[int] = []

    def ended_by(code: int) -> None:
        codes.append(code)
        stop.set()

    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, INTERRUPTED)):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends asyncio.run instead
            loop.add_signal_handler(number, ended_by, code)
    # Rules and questions are read now: `token create` and the like need none of them.
    from farmsight_collector.correlate.judgement import judge  # noqa: PLC0415
    from farmsight_collector.export.prometheus.composed import scrapes  # noqa: PLC0415
    from farmsight_collector.rpc.questions import questions  # noqa: PLC0415
    from farmsight_collector.web.composed import web  # noqa: PLC0415

    opened = await asyncio.to_thread(folder.open_folder, config.data)
    try:
        page = None if config.listen.web == OFF else web
        collector = compose(config, opened, clock, judge, questions, web=page, scrapes=scrapes)
        collecting.settle()
        await run(collector, clock, stop, ready)
    finally:
        opened.store.close()
    return codes[0] if codes else 0


def compose(
    config: Config,
    opened: folder.Folder,
    clock: Clock,
    judge: Callable[[Farm], Evaluation],
    questions: Callable[[Store, Watcher, Clock, BearerTokens], server.AddServices],
    patience_s: float = PATIENCE_S,
    web: "Callable[[Config, Store, Watcher, Clock, ServingCertificate, Access], Web] | None" = None,
    scrapes: "Callable[[Config, Store, Watcher, Metrics, Clock, ServingCertificate], Scrapes] | None" = None,
) -> Collector:
    """Put the parts together; on the event loop, nothing is started.

    `judge` says what is wrong with a farm, `questions` brings the services of the query port, `web` the page,
    `scrapes` what Prometheus reads.
    """
    base = _Base(config=config, opened=opened, clock=clock, metrics=Metrics())
    store, metrics, certificate = base.store, base.metrics, base.certificate
    peers, sessions = Peers(store, clock, metrics, base.authority.signed), Sessions(store, clock, metrics)
    membership = None if store.is_sqlite else Membership(store, config.replicas, clock, metrics)
    watcher = Watcher(store, judge, clock, config.watching, metrics, membership)
    pipeline, frames = _telemetry(base, peers, sessions, watcher, patience_s)
    enrolment = _enrolment(base, peers)
    own = {folder.query_token(config.data): "admin"}
    let_in = access(own, store, clock)
    bearer = BearerTokens(own, metrics, let_in)
    scraped = scrapes(config, store, watcher, metrics, clock, certificate) if scrapes else None
    page = web(config, store, watcher, clock, certificate, let_in) if web else None
    ports = (
        server.telemetry(certificate, frames, enrolment, Gate(peers), config),
        *([] if config.listen.enrolment == OFF else [server.enrolment(certificate, enrolment, config)]),
        server.query(certificate, BearerInterceptor(bearer), questions(store, watcher, clock, bearer), config),
    )
    return Collector(
        config=config, store=store, metrics=metrics, pipeline=pipeline, sessions=sessions, watcher=watcher,
        alerts=_alerts(base, sessions, watcher), membership=membership, ports=ports,
        web=replace(page, more=(scraped.route,)) if page and scraped else page, scrapes=scraped,
    )  # fmt: skip


class _Base:
    """What most parts stand on."""

    def __init__(self, *, config: Config, opened: folder.Folder, clock: Clock, metrics: Metrics) -> None:
        self.config = config
        self.store = opened.store
        self.authority = opened.authority
        self.clock = clock
        self.metrics = metrics
        self.certificate = ServingCertificate(
            opened.authority, config.data, config.names, config.lifetimes.server_days, clock.now
        )


def _alerts(base: _Base, sessions: Sessions, watcher: Watcher) -> "AlertService":
    from farmsight_collector.alerts.service import AlertService  # noqa: PLC0415 - rules stand behind it

    alerts = AlertService(
        base.store,
        base.config.alerts,
        base.clock,
        folder=base.config.data,
        collector=next(iter(base.config.names), ""),
        base=lambda: folder.web_address(base.config),
        signs=sessions.signs,
        ring=watcher.bells.ring,
    )
    watcher.recording(alerts.changed)
    return alerts


def _telemetry(
    base: _Base, peers: Peers, sessions: Sessions, watcher: Watcher, patience_s: float
) -> tuple[Pipeline, TelemetryServicer]:
    bounds, metrics = base.config.bounds, base.metrics
    in_flight = InFlight(bounds.in_flight_bytes)
    pipeline = Pipeline(Committer(base.store, metrics), in_flight, metrics, watcher.changed, base.clock.now)
    halves = empty_folder(base.config.data / folder.HALVES)
    intake = Intake(pipeline=pipeline, in_flight=in_flight, bounds=bounds, halves=halves, patience_s=patience_s)
    return pipeline, TelemetryServicer(peers, intake, sessions, base.clock, metrics)


def _enrolment(base: _Base, peers: Peers) -> EnrollmentServicer:
    days = base.config.lifetimes.agent_days
    admission = Admission(authority=base.authority, store=base.store, clock=base.clock, agent_days=days)
    rates = CallRates(base.config.bounds.enrolments_per_minute, base.clock.monotonic)
    return EnrollmentServicer(admission, peers, rates, base.metrics)


async def run(collector: Collector, clock: Clock, stop: asyncio.Event, ready: Callable[[dict[str, str]], None]) -> None:
    """Serve until `stop` is set."""
    ports = await server.open_ports(*collector.ports)
    try:
        addresses = ports.addresses | ({"web": collector.web.start()} if collector.web else {})
        if collector.scrapes:
            collector.scrapes.start()
    except BaseException:
        await ports.stop(0)
        raise
    collector.pipeline.start()
    loops = _loops(collector, clock)
    try:
        folder.publish_addresses(collector.config.data, addresses)
        ready(addresses)
        await stop.wait()
    finally:
        log.info("stopping")
        await _end(collector, ports, loops)
        folder.withdraw_addresses(collector.config.data)


def _loops(collector: Collector, clock: Clock) -> list[asyncio.Task[None]]:
    named = {
        "watching": collector.watcher.run(),
        "looking for revocations": collector.sessions.watch(),
        "writing metrics": _write_metrics(collector),
        "pruning": _prune(collector, clock),
        "alerting": collector.alerts.run(),
        "asking tenants": _ask_tenants(collector, clock),
        "living among replicas": _live_among_replicas(collector),
        "telling systemd": notify.beat(),
    }
    return [asyncio.create_task(_guarded(name, loop)) for name, loop in named.items()]


async def _end(collector: Collector, ports: server.Ports, loops: list[asyncio.Task[None]]) -> None:
    # Who asks is sent away first; what is read is committed before that ends which looks at it.
    collector.sessions.end_all("the collector is stopping")
    await collector.sessions.gone(STREAMS_END_WITHIN_S)
    collector.watcher.dismiss()
    beside = [one.stop() for one in (collector.web, collector.scrapes) if one]
    await asyncio.gather(ports.stop(STOP_WITHIN_S), *beside)
    log.debug("ports closed")
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await collector.pipeline.stop()
    log.debug("what was read is committed")
    await collector.watcher.stop()
    log.debug("watching ended")
    if collector.membership is not None:
        await collector.membership.stop()


async def _guarded(name: str, loop: Coroutine[Any, Any, None]) -> None:
    try:
        await loop
    except Exception:  # the loops see to their own errors; this one is a bug, and must be seen
        log.exception("%s ended", name)


async def _live_among_replicas(collector: Collector) -> None:
    watcher, sessions = collector.watcher, collector.sessions
    if collector.membership is not None:
        await collector.membership.run(
            Hearers(changed=watcher.changed, tell=watcher.tell, revoked=sessions.look, stream=sessions.elsewhere)
        )


async def _write_metrics(collector: Collector) -> None:
    file = collector.config.data / folder.METRICS
    while True:
        beside = file.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk: next time
            beside.write_text(collector.metrics.text(), encoding="utf-8")
            beside.replace(file)
        await asyncio.sleep(METRICS_EVERY_S)


async def _ask_tenants(collector: Collector, clock: Clock) -> None:
    data = collector.config.data
    while not await asyncio.to_thread(registration.names, data):  # noqa: ASYNC110 - a folder sends no event
        await asyncio.sleep(TENANTS_LOOK_S)
    # Without a tenant nothing of this is needed, and reading it would hold up the loop.
    schedule = await asyncio.to_thread(import_module, "farmsight_collector.entra.schedule")
    among = collector.membership
    changed = collector.watcher.changed if among is None else among.pass_on
    mine = (lambda _tenant: True) if among is None else (lambda tenant: among.does(f"tenant:{tenant}"))
    await schedule.Schedule(data=data, store=collector.store, clock=clock, changed=changed, mine=mine).run()


async def _prune(collector: Collector, clock: Clock) -> None:
    keep = collector.config.retention.retention
    among = collector.membership
    while True:
        if among is not None:
            among.does(PRUNING)  # asks for it
        await asyncio.sleep(PRUNE_EVERY_S)
        if among is not None and not among.does(PRUNING):
            continue
        try:
            await asyncio.to_thread(retention.prune, collector.store, keep, clock.now())
        except CollectorError:  # busy or full: in an hour again
            log.exception("old data could not be removed")
