"""The collector's data folder: what `init` makes and every other verb stands on.

    ca.key ca.crt server.key server.crt query-token collector.toml store.db

`serve` adds query-address, addresses.json and metrics.prom while it runs.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from farmsight_collector import config as configuration
from farmsight_collector.clock import Clock
from farmsight_collector.config import Config, Listen
from farmsight_collector.identity import authority
from farmsight_collector.identity.authority import Authority, write_secret
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.store.engine import Store, open_store

QUERY_TOKEN: Final = "query-token"  # noqa: S105 - a file's name
QUERY_ADDRESS: Final = "query-address"
ADDRESSES: Final = "addresses.json"
METRICS: Final = "metrics.prom"


class FolderError(Exception):
    """The folder is not what the verb needs; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """An initialised data folder, opened."""

    config: Config
    authority: Authority
    store: Store


def initialise(data: Path, listen: Listen, names: tuple[str, ...], farms: tuple[str, ...], clock: Clock) -> Config:
    """Make a data folder; one that was left half made is finished.

    Raises FolderError when there is a collector already, ConfigError for names that are none.
    """
    if (data / configuration.FILE).exists():
        raise FolderError(f"{data} holds a collector already; start it: farmsight-collector serve --data {data}")
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Under another name until all is checked and made: the file's presence says "initialised".
        beside = data / f".{configuration.FILE}"
        beside.write_text(_toml(listen, names, farms), encoding="utf-8")
        config = configuration.load(data, beside.name)
        has_ca = (data / authority.CA_KEY).exists() and (data / authority.CA_CERTIFICATE).exists()
        ca = authority.load(data) if has_ca else authority.create(data, clock.now())
        ServingCertificate(ca, data, config.names, config.lifetimes.server_days, clock.now)
        write_secret(data / QUERY_TOKEN, (secrets.token_urlsafe(32) + "\n").encode())
        open_store(config.database_url).close()
        beside.replace(data / configuration.FILE)
    except OSError as error:
        raise FolderError(f"{data} can't be written: {error.strerror or error}") from error
    return config


def open_folder(data: Path) -> Folder:
    """Open an initialised folder; raises ConfigError, AuthorityError, StoreError."""
    config = configuration.load(data)
    ca = authority.load(data)
    return Folder(config=config, authority=ca, store=open_store(config.database_url))


def query_token(data: Path) -> str:
    """Return the token that lets people in; raises FolderError when it is missing."""
    try:
        token = (data / QUERY_TOKEN).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FolderError(f"{data / QUERY_TOKEN} can't be read: {error}") from error
    if len(token) < 16:
        raise FolderError(f"{data / QUERY_TOKEN} holds no token of 16 characters or more")
    return token


def publish_addresses(data: Path, addresses: Mapping[str, str]) -> None:
    """Say where this collector answers, for the command line on the same machine."""
    write_secret(data / QUERY_ADDRESS, (addresses["query"] + "\n").encode())
    write_secret(data / ADDRESSES, (json.dumps(addresses) + "\n").encode())


def withdraw_addresses(data: Path) -> None:
    """Take back what `publish_addresses` said."""
    for name in (QUERY_ADDRESS, ADDRESSES):
        (data / name).unlink(missing_ok=True)


def addresses(config: Config) -> dict[str, str]:
    """Return where the collector answers, or is set to answer when it does not run."""
    try:
        told: Any = json.loads((config.data / ADDRESSES).read_text(encoding="utf-8"))
        return {name: str(told[name]) for name in ("telemetry", "enrolment", "query")}
    except (OSError, ValueError, KeyError, TypeError):
        listen = config.listen
        return {"telemetry": listen.telemetry, "enrolment": listen.enrolment, "query": listen.query}


def _toml(listen: Listen, names: tuple[str, ...], farms: tuple[str, ...]) -> str:
    # JSON strings and lists of them are TOML too.
    return f"""\
# The collector's settings. Restart `farmsight-collector serve` after a change.

# Other DNS names or addresses of this collector, for its TLS certificate.
names = {json.dumps(list(names))}
# Federation service names that servers may be enrolled into; empty: any.
farms = {json.dumps(list(farms))}
# database = "postgresql+psycopg://user@host/farmsight"   # default: store.db in this folder

[listen]
telemetry = {json.dumps(listen.telemetry)}   # agents, with their certificates
enrolment = {json.dumps(listen.enrolment)}   # servers with a join token
query = {json.dumps(listen.query)}   # people, with a token; this machine only by default
"""
