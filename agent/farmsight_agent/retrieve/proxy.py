"""Which proxy a request goes through (the environment's, or one that was handed in)."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from farmsight_agent.retrieve.url import HttpUrl

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
class ProxyRules:
    """The settings of one context; `by_scheme` holds the proxy for http and for https."""

    by_scheme: Mapping[str, str]
    bypass: tuple[str, ...] = ()

    def choose(self, url: HttpUrl) -> Proxy | None:
        """Return the proxy for a URL, None for direct; raises ValueError for a broken setting."""
        setting = self.by_scheme.get(url.scheme, "")
        if not setting or any(_bypasses(rule, url.host) for rule in self.bypass):
            return None
        parts = urlsplit(setting if "://" in setting else f"http://{setting}")
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"no HTTP proxy by this setting: {parts.scheme}://{parts.hostname or ''}")
        return Proxy(host=parts.hostname, port=parts.port or DEFAULT_PORT)


DIRECT: Final = ProxyRules(by_scheme={})


def from_environment(environment: Mapping[str, str]) -> ProxyRules:
    """Return the rules in http_proxy, https_proxy, all_proxy and no_proxy; lower case goes first."""

    def value(name: str) -> str:
        return environment.get(name) or environment.get(name.upper()) or ""

    everything = value("all_proxy")
    return ProxyRules(
        by_scheme={scheme: value(f"{scheme}_proxy") or everything for scheme in ("http", "https")},
        bypass=tuple(part.strip() for part in value("no_proxy").split(",") if part.strip()),
    )


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
