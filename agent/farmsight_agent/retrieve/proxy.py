"""Which way a request goes: directly or through proxies, and which setting of this account says so."""

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from farmsight_agent.retrieve.url import HttpUrl
from farmsight_wire.v1 import facts_pb2

DEFAULT_PORT: Final = 80


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A proxy's host and port. Credentials in a setting are dropped, never sent and never told."""

    host: str
    port: int

    @property
    def text(self) -> str:
        """Return "host:port"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Route:
    """How one URL is asked for.

    `ways` are tried in turn until a connection comes about, None being the
    direct one; there is always one. `remarks` say what people should know of
    the choice.
    """

    ways: tuple[Proxy | None, ...] = (None,)
    chosen_by: facts_pb2.ProxySource.ValueType = facts_pb2.PROXY_SOURCE_NONE
    remarks: tuple[str, ...] = ()


class Chooser(Protocol):
    """The proxy settings of the account that this process runs as."""

    def choose(self, url: HttpUrl) -> Route:
        """Return the route for a URL; raises ValueError for a setting that names no HTTP proxy."""

    def close(self) -> None:
        """Let go of what choosing needed."""


@dataclass(frozen=True, kw_only=True)
class ProxyRules:
    """The settings of one environment; `by_scheme` holds the proxy for http and for https."""

    by_scheme: Mapping[str, str]
    bypass: tuple[str, ...] = ()

    def choose(self, url: HttpUrl) -> Route:
        """Return the route for a URL; raises ValueError for a broken setting."""
        setting = self.by_scheme.get(url.scheme, "")
        if not setting:
            return Route()
        source = facts_pb2.PROXY_SOURCE_ENVIRONMENT
        if any(_bypasses(rule, url.host) for rule in self.bypass):
            return Route(chosen_by=source)
        return Route(ways=(named(setting),), chosen_by=source)

    def close(self) -> None:
        """Do nothing: variables need no letting go of."""


DIRECT: Final = ProxyRules(by_scheme={})


def named(setting: str) -> Proxy:
    """Return the proxy that "host:port" or a URL names; raises ValueError when that is no HTTP proxy."""
    parts = urlsplit(setting if "://" in setting else f"http://{setting}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"no HTTP proxy by this setting: {parts.scheme}://{parts.hostname or ''}")
    return Proxy(host=parts.hostname, port=parts.port or DEFAULT_PORT)


def from_environment(environment: Mapping[str, str]) -> ProxyRules:
    """Return the rules in http_proxy, https_proxy, all_proxy and no_proxy; lower case goes first."""

    def value(name: str) -> str:
        return environment.get(name) or environment.get(name.upper()) or ""

    everything = value("all_proxy")
    return ProxyRules(
        by_scheme={scheme: value(f"{scheme}_proxy") or everything for scheme in ("http", "https")},
        bypass=tuple(part.strip() for part in value("no_proxy").split(",") if part.strip()),
    )


def of_this_process() -> Chooser:
    """Return the settings that CryptoAPI would go by in this process: WinHTTP's and WinINET's, elsewhere variables."""
    if sys.platform == "win32":
        from farmsight_agent.hosts.windows.network import proxy_of_process  # noqa: PLC0415 - stands on Windows

        return proxy_of_process.chooser()
    return from_environment(os.environ)


def _bypasses(rule: str, host: str) -> bool:
    rule, host = rule.lower(), host.lower()
    if rule == "*":
        return True
    if rule == "<local>":
        return "." not in host and ":" not in host
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        suffix = rule.removeprefix("*").removeprefix(".")
        return host == suffix or host.endswith(f".{suffix}")
