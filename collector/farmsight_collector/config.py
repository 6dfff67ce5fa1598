"""The collector's configuration: one frozen value from `collector.toml`, all its errors at once.

names = ["collector.contoso.com"]     # other names of this collector, for its TLS certificate
farms = ["sts.contoso.com"]           # federation service names; empty: any

[listen]
telemetry = "0.0.0.0:7443"
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from farmsight_collector.alerts import settings as alert_settings
from farmsight_collector.export.prometheus.settings import Scraped
from farmsight_collector.identity.names import is_address, is_host_name
from farmsight_collector.replicas.settings import Replicas
from farmsight_collector.settings import OFF, address, address_or_off, setting, table
from farmsight_collector.store.retention import Retention
from farmsight_collector.web.settings import Oidc, Web

FILE: Final = "collector.toml"
MIB: Final = 1 << 20
_FROM_FILE: Final = "file:"
_DRIVERS: Final = ("sqlite", "postgresql+psycopg")


class ConfigError(Exception):
    """The configuration can't be used; the text names every error, one a line."""

    def __init__(self, path: Path, problems: tuple[str, ...]) -> None:
        """Keep the file and what is wrong with it."""
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Listen:
    """Where the ports listen, as "address:port"; port 0 takes any free one; enrolment and web also "off"."""

    telemetry: str = setting("0.0.0.0:7443", address)
    enrolment: str = setting(OFF, address_or_off)  # a port of its own beside that, for servers with a join token
    query: str = setting("127.0.0.1:7445", address)  # people; other machines only when somebody says so
    web: str = setting("127.0.0.1:7446", address_or_off)  # people with a browser; the same
    one_port: bool = True  # servers with a join token are let in at telemetry, too


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    """How long certificates that this collector gives stay valid, in days."""

    agent_days: int = 7
    server_days: int = 90


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What one agent, and all of them together, may ask of this collector."""

    frame_bytes: int = 4 * MIB  # one report or check-in
    blob_bytes: int = 32 * MIB
    in_flight_bytes: int = 64 * MIB  # read from streams, not yet committed
    agent_in_flight_bytes: int = 16 * MIB
    agent_frames_per_second: int = 200
    agent_burst_frames: int = 4000
    credits: int = 64  # reports that one agent may have under way
    enrolments_per_minute: int = 60  # from one address


@dataclass(frozen=True, kw_only=True)
class Watching:
    """When findings are worked out anew."""

    every_s: int = 30  # without any change: time itself makes CRLs expire
    coalesce_ms: int = 50


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How long the store keeps what, in days."""

    facts_days: int = 400
    samples_days: int = 14
    hourly_days: int = 90
    daily_days: int = 400

    @property
    def retention(self) -> Retention:
        """Return it as the store takes it."""
        return Retention(
            facts=timedelta(days=self.facts_days),
            findings=timedelta(days=self.facts_days),
            samples=timedelta(days=self.samples_days),
            hourly=timedelta(days=self.hourly_days),
            daily=timedelta(days=self.daily_days),
        )


@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings of one collector."""

    data: Path
    names: tuple[str, ...] = ()
    farms: tuple[str, ...] = ()
    database: str = ""  # SQLAlchemy URL; empty: store.db in the data folder
    log_level: str = "info"
    listen: Listen = field(default_factory=Listen)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    bounds: Bounds = field(default_factory=Bounds)
    watching: Watching = field(default_factory=Watching)
    retention: Kept = field(default_factory=Kept)
    replicas: Replicas = field(default_factory=Replicas)
    web: Web = field(default_factory=Web)
    oidc: Oidc = field(default_factory=Oidc)
    alerts: alert_settings.Alerts = field(default_factory=alert_settings.Alerts)
    metrics: Scraped = field(default_factory=Scraped)

    @property
    def database_url(self) -> str:
        """Return where the store is, as an SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.data / 'store.db'}"


_TABLES: Final[Mapping[str, type[Any]]] = {
    "listen": Listen,
    "lifetimes": Lifetimes,
    "bounds": Bounds,
    "watching": Watching,
    "retention": Kept,
    "replicas": Replicas,
    "web": Web,
    "oidc": Oidc,
    "metrics": Scraped,
}
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


def load(data: Path, file: str = FILE) -> Config:
    """Return the configuration of a data folder; raises ConfigError with everything that is wrong."""
    path = data / file
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(path, (f"there is no collector here; run: farmsight-collector init --data {data}",)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, (str(error),)) from error
    problems: list[str] = []
    config = _read(data, written, problems)
    if problems:
        raise ConfigError(path, tuple(problems))
    return config


def listening(config: Config, **addresses: str | None) -> Config:
    """Return the configuration with other listen addresses (`telemetry`, `enrolment`, `query`, `web`).

    Raises ConfigError when one is not "address:port".
    """
    given: dict[str, Any] = {name: text for name, text in addresses.items() if text is not None}
    problems: list[str] = []
    table("listen", Listen, given, problems)
    listen = config.listen if problems else replace(config.listen, **given)
    problems += _no_way_in(listen)
    if problems:
        raise ConfigError(config.data, tuple(problems))
    return replace(config, listen=listen)


def _no_way_in(listen: Listen) -> list[str]:
    if listen.one_port or listen.enrolment != OFF:
        return []
    return ["listen.one_port: false, and listen.enrolment is off: no server could enrol"]


def _read(data: Path, written: Mapping[str, Any], problems: list[str]) -> Config:
    known = {"names", "farms", "database", "log_level", "alerts", *_TABLES}
    problems.extend(f"{name}: there is no such setting" for name in written if name not in known)
    tables = {name: table(name, kind, written.get(name, {}), problems) for name, kind in _TABLES.items()}
    problems.extend(_no_way_in(tables["listen"]))
    log_level = _text("log_level", written.get("log_level", "info"), problems)
    if log_level not in _LOG_LEVELS:
        problems.append(f"log_level: one of {', '.join(_LOG_LEVELS)}")
    return Config(
        data=data,
        names=_texts("names", written.get("names", []), is_server_name, problems),
        farms=_texts("farms", written.get("farms", []), is_host_name, problems),
        database=database_setting(written.get("database", ""), problems),
        log_level=log_level,
        alerts=alert_settings.read(written.get("alerts", {}), problems),
        **tables,
    )


def database_setting(value: object, problems: list[str]) -> str:
    """Return the URL of the database; `file:PATH` says that it stands in a file, as secrets do."""
    text = _text("database", value, problems)
    try:
        if text.startswith(_FROM_FILE):
            text = Path(text.removeprefix(_FROM_FILE)).read_text(encoding="utf-8").strip()
        if text and make_url(text).drivername not in _DRIVERS:
            problems.append(f"database: begins with {' or '.join(f'{name}://' for name in _DRIVERS)}")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"database: {error}")
    except ArgumentError:  # its text has the password
        problems.append("database: no URL, such as postgresql+psycopg://user@host/farmsight")
    return text


def _text(name: str, value: object, problems: list[str]) -> str:
    if isinstance(value, str):
        return value
    problems.append(f"{name}: a text in quotes")
    return ""


def _texts(name: str, value: object, fits: Callable[[str], bool], problems: list[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        problems.append(f"{name}: a list of texts")
        return ()
    problems.extend(f"{name}: {each!r} is no DNS name" for each in value if not fits(each))
    return tuple(value)


def is_server_name(text: str) -> bool:
    """Tell whether this can stand in the collector's TLS certificate."""
    return is_host_name(text) or is_address(text)
