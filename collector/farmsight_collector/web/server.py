"""Serves the web application in the collector's own loop, and ends with it.

On loopback it speaks http; anywhere else https, with the collector's own
certificate or with files that `[web]` names. Both are looked at again now and
then, so a renewed certificate needs no restart.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from farmsight_collector.config import Config, ConfigError
from farmsight_collector.identity import serving
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.rpc.server import PortError
from farmsight_collector.web.addresses import is_loopback
from farmsight_collector.web.connections import Connection

log = logging.getLogger(__name__)

LOOK_AT_CERTIFICATE_S: Final = 60.0
_BACKLOG: Final = 256
KEEP_ALIVE_S: Final = 30
ENDS_WITHIN_S: Final = 1.0
HEAD_BYTES: Final = 1 << 16  # request line and headers


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the page is reached."""

    address: str  # as it listens
    secure: bool


class _Server(uvicorn.Server):
    """Leaves signals to the collector."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """The port of people with a browser."""

    def __init__(self, config: Config, certificate: ServingCertificate) -> None:
        """Take the settings; nothing listens yet."""
        self._config = config
        self._certificate = certificate
        self._server: _Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._dismiss: Callable[[], None] = lambda: None

    @property
    def secure(self) -> bool:
        """Tell whether it speaks https."""
        return bool(self._config.web.certificate) or not is_loopback(self._config.listen.web)

    def listen(self) -> socket.socket:
        """Return the open port; raises PortError."""
        where = self._config.listen.web
        host, _, port = where.rpartition(":")
        host = host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, int(port)))
            made.listen(_BACKLOG)  # who comes before the loop gets round to it waits, and is not refused
            made.setblocking(False)
        except OSError as error:
            made.close()
            raise PortError(
                f"web: {where} can't be listened on: it is taken, or not an address of this machine; "
                "choose another with --web ADDRESS:PORT or in collector.toml, or none with --web off"
            ) from error
        return made

    def start(self, app: ASGIApp, opened: socket.socket, dismiss: Callable[[], None]) -> None:
        """Begin to answer; `dismiss` ends what would otherwise never end. Raises ConfigError for bad certificates."""
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        settings = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=self._config.web.connections,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=HEAD_BYTES,
        )
        try:
            settings.load()
            settings.ssl = self._context() if self.secure else None
        except BaseException:
            opened.close()
            raise
        if settings.ssl is not None:
            self._tasks.append(asyncio.create_task(self._renew(settings.ssl)))
        self._dismiss = dismiss
        self._server = _Server(settings)
        self._tasks.append(asyncio.create_task(self._server.serve(sockets=[opened])))

    async def stop(self) -> None:
        """Answer what is under way, end all streams, close the port."""
        self._dismiss()
        if self._server is None:
            return
        self._server.should_exit = True
        *others, answering = self._tasks
        for task in others:
            task.cancel()
        await asyncio.wait({answering}, timeout=ENDS_WITHIN_S)
        for connection in tuple(self._server.server_state.connections):
            connection.transport.abort()  # idle ones of TLS, whose browsers take their time to say goodbye
        await asyncio.gather(answering, *others, return_exceptions=True)

    def _files(self) -> tuple[Path, Path]:
        web = self._config.web
        if web.certificate:
            return self._config.data / web.certificate, self._config.data / (web.key or web.certificate)
        self._certificate.current()  # renews it when it is time
        return self._config.data / serving.CERTIFICATE, self._config.data / serving.KEY

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        certificate, key = self._files()
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                self._config.data / "collector.toml", (f"web.certificate: {certificate} with {key}: {error}",)
            ) from error
        return context

    async def _renew(self, context: ssl.SSLContext) -> None:
        held = await asyncio.to_thread(self._state)
        while True:
            await asyncio.sleep(LOOK_AT_CERTIFICATE_S)
            try:
                now = await asyncio.to_thread(self._state)
                if now != held:
                    # Handshakes from now on get it; who is connected keeps what it has.
                    await asyncio.to_thread(context.load_cert_chain, *self._files())
                    held = now
                    log.info("the web page's certificate was renewed")
            except (OSError, ssl.SSLError):  # half written, or a full disk: the old one still serves
                log.exception("the web page's certificate could not be read")

    def _state(self) -> tuple[tuple[int, int], ...]:
        return tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in self._files())
