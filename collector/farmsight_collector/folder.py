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
from farmsight_collector.clock import Clock, SystemClock
from farmsight_collector.config import Config, Listen
from farmsight_collector.identity import authority
from farmsight_collector.identity.authority import Authority, write_secret
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.settings import OFF
from farmsight_collector.store import ca as stored_ca
from farmsight_collector.store.engine import Store, open_store

QUERY_TOKEN: Final = "query-token"  # noqa: S105 - a file's name
QUERY_ADDRESS: Final = "query-address"
ADDRESSES: Final = "addresses.json"
METRICS: Final = "metrics.prom"
HALVES: Final = "incoming"  # a folder: blobs that are half sent


class FolderError(Exception):
    """The folder is not what the verb needs; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """An initialised data folder, opened."""

    config: Config
    authority: Authority
    store: Store


def initialise(
    data: Path,
    listen: Listen,
    names: tuple[str, ...],
    farms: tuple[str, ...],
    clock: Clock,
    *,
    database: str = "",
    join: Path | None = None,
) -> Config:
    """Make a data folder; one that was left half made is finished.

    `join` is the folder of another collector on the same database, or of its
    secrets: CA and query token are taken from there. Raises FolderError when
    there is a collector already, ConfigError for names that are none.
    """
    if (data / configuration.FILE).exists():
        raise FolderError(f"{data} holds a collector already; start it: farmsight-collector serve --data {data}")
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Under another name until all is checked and made: the file's presence says "initialised".
        beside = data / f".{configuration.FILE}"
        beside.write_text(_toml(listen, names, farms, database), encoding="utf-8")
        config = configuration.load(data, beside.name)
        if join is not None:
            _take_secrets(join, data)
        has_ca = (data / authority.CA_KEY).exists() and (data / authority.CA_CERTIFICATE).exists()
        ca = authority.load(data) if has_ca else authority.create(data, clock.now())
        ServingCertificate(ca, data, config.names, config.lifetimes.server_days, clock.now)
        if join is None:
            write_secret(data / QUERY_TOKEN, (secrets.token_urlsafe(32) + "\n").encode())
        _of_this_ca(open_store(config.database_url), ca).close()
        beside.replace(data / configuration.FILE)
    except OSError as error:
        raise FolderError(f"{data} can't be written: {error.strerror or error}") from error
    return config


def open_folder(data: Path, *, any_ca: bool = False) -> Folder:
    """Open an initialised folder; raises ConfigError, AuthorityError, StoreError.

    Raises FolderError when the database is of another CA, unless any will do.
    """
    config = configuration.load(data)
    ca = authority.load(data)
    store = open_store(config.database_url)
    return Folder(config=config, authority=ca, store=store if any_ca else _of_this_ca(store, ca))


def _take_secrets(join: Path, data: Path) -> None:
    for name in (authority.CA_KEY, authority.CA_CERTIFICATE, QUERY_TOKEN):
        try:
            write_secret(data / name, (join / name).read_bytes())
        except FileNotFoundError as error:
            raise FolderError(f"{join / name} is missing; it is made by the first collector's init") from error


def _of_this_ca(store: Store, ca: Authority) -> Store:
    """Return the store, which agents of this CA report to; raises FolderError, with the store closed."""
    try:
        with store.read() as connection:
            known = stored_ca.known(connection)
        if known is None:
            with store.write() as connection:
                known = stored_ca.note(connection, ca.fingerprint, SystemClock().now())
        if known == ca.fingerprint:
            return store
    except BaseException:
        store.close()
        raise
    store.close()
    raise FolderError(
        f"the database belongs to collectors whose CA has SHA-256 {known.hex()}, this folder's has "
        f"{ca.fingerprint.hex()}: agents would not trust this one. Take ca.key, ca.crt and query-token from a folder "
        "of those (init --join FOLDER), or, where the CA was changed on purpose: farmsight-collector db accept-ca"
    )


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
        return {name: str(told[name]) for name in ("telemetry", "query")} | {
            name: str(told.get(name, OFF)) for name in ("enrolment", "web")
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {name: getattr(config.listen, name) for name in ("telemetry", "enrolment", "query", "web")}


def web_address(config: Config) -> str:
    """Return the address that people type for the web page, "" where there is none."""
    found = config.web.url or addresses(config)["web"]
    return found if "://" in found else ""


def _toml(listen: Listen, names: tuple[str, ...], farms: tuple[str, ...], database: str) -> str:
    stands = "" if database else "# "
    shown = json.dumps(database or "postgresql+psycopg://user@host/farmsight")
    # JSON strings and lists of them are TOML too.
    return f"""\
# The collector's settings. Restart `farmsight-collector serve` after a change.

# Other DNS names or addresses of this collector, for its TLS certificate.
names = {json.dumps(list(names))}
# Federation service names that servers may be enrolled into; empty: any.
farms = {json.dumps(list(farms))}
{stands}database = {shown}   # default: store.db in this folder; file:PATH: the URL stands there

[listen]
telemetry = {json.dumps(listen.telemetry)}   # agents, with their certificates, and servers with a join token
one_port = {json.dumps(listen.one_port)}   # false: servers with a join token are let in at `enrolment` alone
enrolment = {json.dumps(listen.enrolment)}   # a port of its own for servers with a join token, or "off"
query = {json.dumps(listen.query)}   # people, with a token; this machine only by default
web = {json.dumps(listen.web)}   # people with a browser; likewise, and "off" is none
"""
