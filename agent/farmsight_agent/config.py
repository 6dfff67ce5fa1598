"""The agent's configuration: one frozen value, read from TOML, all its errors at once."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from farmsight_agent.config_reading import ConfigError, Section
from farmsight_agent.reach.proxy import Proxy
from farmsight_agent.reach.proxy import parse as parse_proxy

__all__ = [
    "Config",
    "ConfigError",
    "EndpointConfig",
    "RetrievalConfig",
    "UplinkConfig",
    "default_state_dir",
    "load",
    "parse",
]

MEBIBYTE: Final = 1024 * 1024
HOSTS: Final = ("auto", "linux", "windows", "evidence")
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
SHORTEST_CADENCE_S: Final = 30
LONGEST_CADENCE_S: Final = 24 * 3600


def default_state_dir() -> Path:
    """Return where the agent keeps its identity and spool when nothing else is said."""
    if os.name == "nt":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "farmsight-agent"
    return Path("/var/lib/farmsight-agent")


@dataclass(frozen=True, kw_only=True)
class RetrievalConfig:
    """What to fetch, and the hard limits of one fetch.

    `authorities` selects the CAs whose URLs are fetched: "auto", or subject
    names; `user_certificates` are files of certificates whose URLs are
    fetched too; `urls` are fetched as CRLs beside those, and so is what the
    files of `urls_from` list, which are read again with every run.
    """

    authorities: tuple[str, ...] = ("auto",)
    user_certificates: tuple[Path, ...] = ()
    timeout_s: float = 15.0
    total_s: float = 60.0
    max_bytes: int = 100 * MEBIBYTE
    max_redirects: int = 5
    urls: tuple[str, ...] = ()
    urls_from: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EndpointConfig:
    """Which TLS endpoints to look at; no names means: those of the farm that the host knows."""

    names: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    wait_s: float = 5.0
    timeout_s: float = 10.0
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class UplinkConfig:
    """The way to the collector: directly, or by CONNECT through an HTTP proxy.

    The proxy's login stands in a file of its own, USER:PASSWORD, which is for
    SYSTEM and Administrators (root) alone.
    """

    proxy: Proxy | None = None


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything an operator may set. Nothing in here is read again while the agent runs."""

    state_dir: Path = field(default_factory=default_state_dir)
    collectors: tuple[str, ...] = ()
    enrolment: str = ""
    role: str = "vantage"
    server_name: str | None = None
    federation_service_name: str | None = None
    host: str = "auto"
    evidence_dir: Path | None = None
    platform_only: tuple[str, ...] = ()
    contexts: Mapping[str, str] = field(default_factory=dict)
    connect_to: Mapping[str, str] = field(default_factory=dict)
    retrieval: RetrievalConfig = field(default_factory=RetrievalConfig)
    endpoints: EndpointConfig = field(default_factory=EndpointConfig)
    uplink: UplinkConfig = field(default_factory=UplinkConfig)
    cadence: Mapping[str, int] = field(default_factory=dict)
    check_in_s: float = 60.0
    blob_limit_bytes: int = 32 * MEBIBYTE
    spool_limit_bytes: int = 256 * MEBIBYTE
    log_level: str = "info"


def load(path: Path) -> Config:
    """Read a configuration file; relative paths in it start at its folder.

    Raises ConfigError naming every error of the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"can't be read: {error}"]) from error
    return parse(text, folder=path.parent.absolute(), name=str(path))


def parse(text: str, *, folder: Path, name: str = "configuration") -> Config:
    """Read a configuration from TOML text. Raises ConfigError naming every error in it."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(name, [f"not TOML: {error}"]) from error
    top = Section(values, "", [], folder)
    config = _top(top)
    top.nothing_else()
    if config.host == "evidence" and config.evidence_dir is None:
        top.wrong("evidence_dir", "must be given when host is 'evidence'")
    if top.errors:
        raise ConfigError(name, top.errors)
    return config


def _top(top: Section) -> Config:
    defaults = Config()
    evidence = top.text("evidence_dir", None)
    return Config(
        state_dir=top.path("state_dir", defaults.state_dir),
        collectors=top.addresses("collectors"),
        enrolment=top.address("enrolment"),
        role=top.choice("role", ("adfs", "wap", "proxy", "vantage"), defaults.role),
        server_name=top.text("server_name", None),
        federation_service_name=top.text("federation_service_name", None),
        host=top.choice("host", HOSTS, defaults.host),
        evidence_dir=None if evidence is None else top.beside(evidence),
        platform_only=top.probes("platform_only"),
        contexts=top.contexts("contexts"),
        connect_to=top.connections("connect_to"),
        retrieval=_retrieval(top.section("retrieval")),
        endpoints=_endpoints(top.section("endpoints")),
        uplink=_uplink(top.section("uplink")),
        cadence=top.cadence("cadence", SHORTEST_CADENCE_S, LONGEST_CADENCE_S),
        check_in_s=top.number("check_in_s", defaults.check_in_s, low=1, high=3600),
        blob_limit_bytes=top.whole("blob_limit_bytes", defaults.blob_limit_bytes, low=4096, high=2**30),
        spool_limit_bytes=top.whole("spool_limit_bytes", defaults.spool_limit_bytes, low=MEBIBYTE, high=2**40),
        log_level=top.choice("log_level", LOG_LEVELS, defaults.log_level),
    )


def _retrieval(section: Section) -> RetrievalConfig:
    defaults = RetrievalConfig()
    config = RetrievalConfig(
        authorities=section.texts("authorities", defaults.authorities),
        user_certificates=tuple(section.beside(name) for name in section.texts("user_certificates")),
        timeout_s=section.number("timeout_s", defaults.timeout_s, low=0.1, high=300),
        total_s=section.number("total_s", defaults.total_s, low=0.1, high=3600),
        max_bytes=section.whole("max_bytes", defaults.max_bytes, low=1024, high=2**30),
        max_redirects=section.whole("max_redirects", defaults.max_redirects, low=0, high=50),
        urls=section.texts("urls"),
        urls_from=tuple(section.beside(name) for name in section.texts("urls_from")),
    )
    section.nothing_else()
    return config


def _uplink(section: Section) -> UplinkConfig:
    text = section.text("proxy", None)
    file = section.text("proxy_credentials", None)
    section.nothing_else()
    if text is None:
        if file is not None:
            section.wrong("proxy_credentials", "is the login of no proxy; set uplink.proxy, too")
        return UplinkConfig()
    try:
        return UplinkConfig(proxy=parse_proxy(text, None if file is None else section.beside(file)))
    except ValueError as error:
        section.wrong("proxy", str(error))
        return UplinkConfig()


def _endpoints(section: Section) -> EndpointConfig:
    defaults = EndpointConfig()
    config = EndpointConfig(
        names=section.texts("names"),
        ports=section.ports("ports"),
        wait_s=section.number("wait_s", defaults.wait_s, low=0.1, high=60),
        timeout_s=section.number("timeout_s", defaults.timeout_s, low=0.1, high=300),
        enabled=section.flag("enabled", defaults.enabled),
    )
    section.nothing_else()
    return config
