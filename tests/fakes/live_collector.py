"""A real collector inside the test: real ports, real mTLS, real store, on a loop of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from farmsight_collector import app, folder
from farmsight_collector.clock import Clock, SystemClock
from farmsight_collector.config import Bounds, Config, Listen, Watching
from farmsight_collector.identity import tokens
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.engine import Evaluation, evaluate
from farmsight_collector.store import tokens as token_rows
from farmsight_collector.store.engine import Store
from tests.fakes.agents import Identity, Stream, enrol

FARM = "sts.contoso.com"
ANY = Listen(telemetry="127.0.0.1:0", enrolment="127.0.0.1:0", query="127.0.0.1:0", web="127.0.0.1:0")
ONE_PORT = replace(ANY, enrolment="off")


def no_rules(farm: Farm) -> Evaluation:
    return evaluate(farm, ())


def no_questions(*_parts: object) -> object:
    return lambda _port: ()


@dataclass(eq=False)
class Running:
    """A collector that serves."""

    collector: app.Collector
    opened: folder.Folder
    addresses: dict[str, str]
    clock: Clock
    loop: asyncio.AbstractEventLoop

    @property
    def ca_pem(self) -> bytes:
        return self.opened.authority.pem

    @property
    def store(self) -> Store:
        return self.opened.store

    def counts(self) -> dict[str, int]:
        return self.collector.metrics.counts()

    def token(self, *, role: str = "wap", host: str | None = None, ttl: timedelta = timedelta(hours=1)) -> str:
        made, at = tokens.create(self.opened.authority.der), self.clock.now()
        with self.store.write() as connection:
            token_rows.add_token(
                connection,
                token_id=made.token_id,
                secret_sha256=made.secret_hash,
                farm=FARM,
                role=role,
                host_name=host,
                expires=at + ttl,
                at=at,
            )
        return made.text

    def enrol(self, name: str = "WAP01", role: str = "wap") -> Identity:
        return enrol(self.addresses["enrolment"], self.ca_pem, self.token(role=role), name)

    @contextmanager
    def stream(self, identity: Identity) -> Iterator[Stream]:
        with identity.channel(self.addresses["telemetry"]) as channel:
            opened = Stream(channel)
            try:
                yield opened
            finally:
                opened.close()


def initialise(data: Path, clock: Clock | None = None) -> Config:
    return folder.initialise(data, ANY, ("localhost",), (FARM,), clock or SystemClock())


@contextmanager
def running(
    data: Path,
    *,
    bounds: Bounds | None = None,
    watching: Watching | None = None,
    judge: object = no_rules,
    questions: object = no_questions,
    clock: Clock | None = None,
    patience_s: float = 10.0,
    web: object = None,
    changed: Callable[[Config], Config] = lambda config: config,
) -> Iterator[Running]:
    """Serve a data folder (made when it is new) while in the block; `web` makes the page, `changed` the settings."""
    clock = clock or SystemClock()
    if not (data / "collector.toml").exists():
        initialise(data, clock)
    opened = folder.open_folder(data)
    config = changed(replace(opened.config, bounds=bounds or Bounds(), watching=watching or Watching()))
    started: dict[str, object] = {}
    ready = threading.Event()

    async def serve() -> None:
        stop = asyncio.Event()
        started.update(stop=stop, loop=asyncio.get_running_loop())
        collector = app.compose(config, opened, clock, judge, questions, patience_s, web)  # type: ignore[arg-type]
        started["collector"] = collector

        def say(addresses: dict[str, str]) -> None:
            started["addresses"] = addresses
            ready.set()

        await app.run(collector, clock, stop, say)

    def body() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            started["error"] = error
        finally:
            ready.set()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    assert ready.wait(20)
    if "error" in started:
        opened.store.close()
        raise started["error"]  # type: ignore[misc]
    loop = started["loop"]
    try:
        yield Running(started["collector"], opened, started["addresses"], clock, loop)  # type: ignore[arg-type]
    finally:
        loop.call_soon_threadsafe(started["stop"].set)  # type: ignore[attr-defined]
        thread.join(20)
        opened.store.close()
    if "error" in started:
        raise started["error"]  # type: ignore[misc]


def on_one_port(data: Path, bounds: Bounds | None = None) -> AbstractContextManager[Running]:
    """Serve a data folder where servers enrol at the port of agents."""
    return running(data, bounds=bounds, changed=lambda config: replace(config, listen=ONE_PORT))
