"""Puts the web page together from the parts of the collector."""

import socket
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.routing import Route

from farmsight_collector.clock import Clock
from farmsight_collector.config import Config
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.identity.access import Access
from farmsight_collector.identity.people import Entrance
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.ingest.bounds import CallRates
from farmsight_collector.store.engine import Store
from farmsight_collector.web.addresses import names
from farmsight_collector.web.application import application
from farmsight_collector.web.evaluations import Evaluations
from farmsight_collector.web.live import Live
from farmsight_collector.web.oidc import Provider
from farmsight_collector.web.page import Desk
from farmsight_collector.web.registry import ACTIONS, PAGES, PARTS
from farmsight_collector.web.server import WebServer
from farmsight_collector.web.site import Site
from farmsight_collector.web.threads import Threads


@dataclass(frozen=True, kw_only=True)
class Web:
    """The page, ready to be served."""

    site: Site
    server: WebServer
    access: Access
    more: tuple[Route, ...] = ()  # of programs, such as /metrics

    def start(self) -> str:
        """Begin to answer, on the event loop; returns the address that people type.

        Raises PortError, and ConfigError for a certificate that can't be used.
        """
        opened = self.server.listen()
        port = opened.getsockname()[1]
        secure = self.server.secure or self.site.names.url.startswith("https:")
        # Cookies know no port: two collectors on one machine would sign each other's people out.
        cookie = "__Host-farmsight" if secure else f"farmsight-{port}"
        site = replace(self.site, cookie=cookie)
        config = site.desk.config
        provider = Provider(config.oidc, config.data, site.desk.clock) if config.oidc.issuer else None
        app = application(site, [*self.more], provider=provider, access=self.access, strict=secure)
        self.server.start(app, opened, site.live.dismiss)
        return _address(site.desk.config, port, secure=self.server.secure)

    async def stop(self) -> None:
        """End all streams, then the port."""
        await self.server.stop()
        self.site.threads.stop()


def web(
    config: Config, store: Store, watcher: Watcher, clock: Clock, certificate: ServingCertificate, access: Access
) -> Web:
    """Return the page over these parts of a collector."""
    server = WebServer(config, certificate)
    settings = config.web
    entrance = Entrance(
        store=store,
        clock=clock,
        idle=timedelta(minutes=settings.session_idle_minutes),
        longest=timedelta(hours=settings.session_hours),
    )
    site = Site(
        desk=Desk(store=store, clock=clock, config=config),
        evaluations=Evaluations(watcher.bells.revision, clock),
        entrance=entrance,
        live=Live(watcher.bells, clock, settings.live_pages),
        watcher=watcher,
        threads=Threads(),
        rates=CallRates(settings.sign_ins_per_minute, clock.monotonic),
        names=names("https" if server.secure else "http", config.names, settings.url),
        cookie="",
        pages=PAGES,
        parts=PARTS,
        actions=ACTIONS,
    )
    return Web(site=site, server=server, access=access)


def _address(config: Config, port: int, *, secure: bool) -> str:
    host, _, _ = config.listen.web.rpartition(":")
    if host.strip("[]") in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = config.names[0] if config.names else socket.gethostname()
    if ":" in host:
        host = f"[{host.strip('[]')}]"
    return f"{'https' if secure else 'http'}://{host}:{port}"
