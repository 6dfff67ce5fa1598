"""`[metrics]` in collector.toml: who may scrape, and where."""

from dataclasses import dataclass
from typing import Final

from farmsight_collector.settings import address, setting


def _address_or_nothing(value: object) -> str:
    return "" if value == "" else address(value)


@dataclass(frozen=True, kw_only=True)
class Scraped:
    """The end point for Prometheus: /metrics on the web port, and on an address of its own where one is set."""

    listen: str = setting("", _address_or_nothing)  # "address:port"; empty: on the web port alone
    open_on_loopback: bool = False  # this machine needs no token; others do always


TOKEN_FILE: Final = "metrics-token"  # noqa: S105 - a file's name, in the data folder
