"""Puts the end point for Prometheus together, and serves it where it has a port of its own."""

from dataclasses import replace

from starlette.applications import Starlette

from farmsight_collector.clock import Clock
from farmsight_collector.config import Config
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.export.prometheus.exposition import Exposition
from farmsight_collector.export.prometheus.noted import Noted
from farmsight_collector.export.prometheus.serving import Scraping, token
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.metrics import Metrics
from farmsight_collector.store.engine import Store
from farmsight_collector.store.size import size_bytes
from farmsight_collector.web.server import WebServer


class Scrapes:
    """The end point, and its own port where the settings name one."""

    def __init__(self, scraping: Scraping, port: WebServer | None) -> None:
        """Nothing listens yet."""
        self.route = scraping.route
        self._port = port

    def start(self) -> None:
        """Begin to answer on the port of its own; raises PortError, and ConfigError for a bad certificate."""
        if self._port is not None:
            self._port.start(Starlette(routes=[self.route]), self._port.listen(), lambda: None)

    async def stop(self) -> None:
        """Close that port."""
        if self._port is not None:
            await self._port.stop()


def scrapes(
    config: Config, store: Store, watcher: Watcher, metrics: Metrics, clock: Clock, certificate: ServingCertificate
) -> Scrapes:
    """Return the end point over these parts; raises OSError where its token can't be kept."""
    noted, settings = Noted(), config.metrics
    watcher.noting(noted.note)
    metrics.ask("store_bytes", lambda: size_bytes(store))
    exposition = Exposition(store, noted, metrics, clock)
    scraping = Scraping(exposition, token(config.data), open_on_loopback=settings.open_on_loopback)
    own = replace(config, listen=replace(config.listen, web=settings.listen)) if settings.listen else None
    return Scrapes(scraping, None if own is None else WebServer(own, certificate))
