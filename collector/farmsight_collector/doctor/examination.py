"""`doctor`: all steps in order; one that stands on a failed one is skipped."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from farmsight_collector import config as configuration
from farmsight_collector.config import Config, ConfigError
from farmsight_collector.doctor import agent_steps, folder_steps, people_steps, serving_steps, store_steps
from farmsight_collector.doctor.step import FailedError, Step, tested
from farmsight_collector.entra import registration
from farmsight_collector.identity.authority import Authority
from farmsight_collector.store.engine import Store

LISTENERS = ("telemetry", "enrolment", "query", "web")
Planned = tuple[str, tuple[str, ...], Callable[[], str]]


class Examination:
    """Looks at one collector; changes nothing."""

    def __init__(self, data: Path, now: datetime) -> None:
        """Examine the collector of this data folder."""
        self._data = data
        self._now = now
        self._config = Config(data=data)
        self._ca: Authority | None = None
        self._store: Store | None = None
        self._agents: agent_steps.Agents | None = None
        self._running = False

    def steps(self) -> Iterator[Step]:
        """Yield every step as it is done."""
        lacking: set[str] = set()
        try:
            for name, needs, test in self._planned():
                missing = sorted(need for need in needs if need in lacking)
                if missing:
                    lacking.add(name)
                    yield Step(step=name, state="skipped", says=f"needs: {', '.join(missing)}")
                    continue
                step = tested(name, test)
                if step.state != "ok":
                    lacking.add(name)
                yield step
        finally:
            if self._store is not None:
                self._store.close()

    def _planned(self) -> Iterator[Planned]:
        yield "settings", (), self._settings
        yield "private files", (), lambda: folder_steps.private(self._data)
        yield "CA", (), self._authority
        yield from self._of_folder()
        yield "process", (), self._process
        yield from self._of_process()
        yield "database", ("settings",), self._database
        yield from self._of_store()
        yield from self._of_agents()
        yield from self._of_people()

    def _of_folder(self) -> Iterator[Planned]:
        config, now = self._config, self._now
        yield "server certificate", ("settings", "CA"), self._server_certificate
        yield "page's certificate", ("settings",), lambda: folder_steps.web_certificate(config, now)
        yield "query token", (), lambda: folder_steps.query_token(self._data)

    def _of_process(self) -> Iterator[Planned]:
        for name in LISTENERS:
            yield f"listener {name}", ("settings",), lambda name=name: self._listener(name)  # type: ignore[misc]
        yield "metrics listener", ("settings", "process"), lambda: serving_steps.scraped(self._config)
        yield "writer queue", ("settings", "process"), lambda: serving_steps.queue(self._config, self._now)

    def _of_store(self) -> Iterator[Planned]:
        config, now = self._config, self._now
        needs = ("database",)
        yield "schema", needs, lambda: store_steps.schema_of(self._opened(), running=self._running)
        with_schema = ("database", "schema")
        yield "database's CA", ("CA", *with_schema), self._database_of_ca
        yield "integrity", needs, lambda: store_steps.sound(self._opened())
        yield "room", with_schema, lambda: store_steps.room(self._opened(), config, now)
        yield "retention", with_schema, lambda: store_steps.pruned(self._opened(), config, now)
        yield "replicas", with_schema, lambda: store_steps.replicas(self._opened())
        yield "backup", with_schema, lambda: store_steps.backed_up(self._opened(), now)

    def _of_agents(self) -> Iterator[Planned]:
        needs = ("database", "schema")
        yield "clock", needs, lambda: self._of_all().clocks()
        yield "agents heard", needs, lambda: self._of_all().heard()
        yield "agents' versions", needs, lambda: self._of_all().versions()
        yield "agents' certificates", needs, lambda: self._of_all().waiting()
        yield "join tokens", needs, lambda: people_steps.join_tokens(self._opened(), self._now)

    def _of_people(self) -> Iterator[Planned]:
        needs, config, now = ("database", "schema"), self._config, self._now
        yield "web sign-in", needs, lambda: people_steps.web_access(self._opened(), config, now)
        for channel in config.alerts.channels:
            name = channel.name
            yield f"alerts by {name}", (), lambda name=name: people_steps.channel(config, name)  # type: ignore[misc]
        yield "alerts told", needs, lambda: people_steps.deliveries(self._opened(), config)
        for name in registration.names(self._data):
            test = lambda name=name: people_steps.tenant(config, name, self._opened(), now)  # noqa: E731
            yield f"tenant {name}", needs, test

    def _settings(self) -> str:
        try:
            self._config = configuration.load(self._data)
        except ConfigError as error:
            where = self._data / configuration.FILE
            raise FailedError("; ".join(error.problems), f"correct {where}, or give the folder by --data") from error
        farms = ", ".join(self._config.farms) or "any farm"
        return f"{self._data / configuration.FILE} is read; {farms}"

    def _authority(self) -> str:
        self._ca, says = folder_steps.certificate_authority(self._data, self._now)
        return says

    def _server_certificate(self) -> str:
        assert self._ca is not None  # the step stands on that of the CA
        return folder_steps.server_certificate(self._config, self._ca, self._now)

    def _process(self) -> str:
        says = serving_steps.runs(self._data)
        self._running = True
        return says

    def _listener(self, name: str) -> str:
        return serving_steps.listener(self._config, name, running=self._running)

    def _database(self) -> str:
        self._store, says = store_steps.opened(self._config)
        return says

    def _opened(self) -> Store:
        assert self._store is not None  # the step stands on that of the database
        return self._store

    def _database_of_ca(self) -> str:
        assert self._ca is not None  # the step stands on that of the CA
        return store_steps.of_this_ca(self._opened(), self._ca.fingerprint)

    def _of_all(self) -> agent_steps.Agents:
        self._agents = self._agents or agent_steps.Agents(self._opened(), self._now)
        return self._agents
