"""The ways to people and tenants: who may sign in, whether alerts would arrive, and which credentials run out."""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from farmsight_collector.alerts.channel_settings import Alertmanager, Channel, EventLog, Mail, Syslog, Webhook
from farmsight_collector.alerts.channels.channel import SendError, secret, trust
from farmsight_collector.config import Config
from farmsight_collector.doctor.step import FailedError, SkippedError, UnknownError, some
from farmsight_collector.entra import credentials, registration
from farmsight_collector.store import outbox, people, tokens
from farmsight_collector.store.engine import Store

WITHIN_S: Final = 5.0
ENDS_SOON: Final = timedelta(days=14)
_TRY: Final = "farmsight-collector alerts test {} sends one, and prints the answer"


def join_tokens(store: Store, now: datetime) -> str:
    """Count the join tokens that would let somebody in."""
    with store.read() as connection:
        rows = tokens.tokens(connection)
    opened = [row for row in rows if row.used is None and row.revoked is None and row.expires > now]
    anybody = sum(row.host_name is None for row in opened)
    return f"{len(opened)} would let a server in, {anybody} of them one of any name"


def web_access(store: Store, config: Config, now: datetime) -> str:
    """See that somebody can sign in, and which tokens of programs run out."""
    with store.read() as connection:
        rows, came = people.tokens(connection), people.anyone_came(connection)
    opened = [row for row in rows if row.revoked is None and row.expires > now]
    programs = [row for row in opened if row.kind == people.API]
    ending = [f"{row.name} ({row.expires:%Y-%m-%d})" for row in programs if row.expires - now < ENDS_SOON]
    links = sum(row.kind == people.SIGN_IN and row.used is None for row in opened)
    says = f"{len(programs)} tokens of programs, {links} sign-in links that nobody used yet"
    if ending:
        raise FailedError(f"{says}; soon to end: {some(ending)}", "farmsight-collector web token --api makes the next")
    if not came and not config.oidc.issuer:
        return f"{says}; nobody has signed in yet: farmsight-collector web token"
    return f"{says}{'; single sign-on by ' + config.oidc.issuer if config.oidc.issuer else ''}"


def channel(config: Config, name: str) -> str:
    """See that a channel's secrets are there and its receiver takes a connection; nothing is sent."""
    found = config.alerts.channel(name)
    assert found is not None  # the names are the channels' own
    try:
        for file, variable in _secrets(found):
            secret(config.data, file, variable)
        return _reached(found, config.data) + "; nothing was sent"
    except SendError as error:
        raise FailedError(str(error), f"correct channel {name!r} in collector.toml") from error
    except ssl.SSLCertVerificationError as error:
        text = f"{found.target}: the server's certificate is not trusted: {error.verify_message}"
        raise FailedError(text, "give its CA as ca_file, or see who answers there") from error
    except OSError as error:
        remedy = f"let this machine reach it; then: {_TRY.format(name)}"
        raise FailedError(f"{found.target} takes no connection: {error}", remedy) from error


def _secrets(found: Channel) -> Iterator[tuple[str, str]]:
    for name in ("secret", "password", "token"):
        file, variable = getattr(found, f"{name}_file", ""), getattr(found, f"{name}_env", "")
        if file or variable:
            yield file, variable


def _reached(found: Channel, data: Path) -> str:
    match found:
        case Webhook() | Alertmanager():
            proxy = getattr(found, "proxy", "")
            return _connected(*_place(proxy or found.url), tls=_tls(found, data) if not proxy else None)
        case Mail():
            host, _, port = found.server.rpartition(":")
            context = trust(data, found.ca_file) if found.tls == "tls" else None
            return _connected(host.strip("[]"), int(port), tls=context)
        case Syslog() if found.transport == "udp":
            raise UnknownError("UDP answers nothing", _TRY.format(found.name))
        case Syslog():
            host, _, port = found.server.rpartition(":")
            # A client certificate may be asked for: of TLS only a test that sends can tell.
            return _connected(host.strip("[]"), int(port), tls=None)
        case EventLog():
            raise SkippedError("the Application log of this machine")
    raise UnknownError("this kind of channel has no test of its own", _TRY.format(found.name))


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _tls(found: Webhook | Alertmanager, data: Path) -> ssl.SSLContext | None:
    return trust(data, found.ca_file) if urlsplit(found.url).scheme == "https" else None


def _connected(host: str, port: int, *, tls: ssl.SSLContext | None) -> str:
    with socket.create_connection((host, port), timeout=WITHIN_S) as plain:
        if tls is None:
            return f"{host}:{port} takes connections"
        with tls.wrap_socket(plain, server_hostname=host) as secured:
            return f"{host}:{port} answers by {secured.version()}"


def deliveries(store: Store, config: Config) -> str:
    """Count what waits and what was given up."""
    if not config.alerts.channels:
        raise SkippedError("no channel: [[alerts.channel]] in collector.toml")
    with store.read() as connection:
        counts = outbox.counts(connection)
    says = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing was told yet"
    if counts.get("dead"):
        raise FailedError(says, "farmsight-collector alerts list --dead says why; alerts again sends anew")
    return says


def tenant(config: Config, name: str, store: Store, now: datetime) -> str:
    """See that a tenant's credential is there and does not run out."""
    one = registration.load(config.data, name)
    shown = credentials.shown(config.data, name, one.kind)
    again = f"farmsight-collector entra remove {name}, then entra add with another credential"
    if one.kind == "secret" and (registration.folder_of(config.data, name) / registration.SECRET).exists():
        raise UnknownError(f"of a client secret {shown.note}", f"farmsight-collector entra test {name} asks the tenant")
    if one.kind == "device-code" and (registration.folder_of(config.data, name) / registration.TOKENS).exists():
        return f"{one.tenant}: somebody signed in for it{_last_asked(store, one.voice)}"
    if shown.expires is None:
        raise FailedError(f"{one.tenant}: {shown.note}", again)
    says = f"{one.tenant}: the certificate {shown.fingerprint} ends {shown.expires:%Y-%m-%d}"
    if shown.expires - now < ENDS_SOON:
        raise FailedError(says, f"upload the next certificate to the application; {again}")
    return says + _last_asked(store, one.voice)


def _last_asked(store: Store, voice: str) -> str:
    from farmsight_collector.store import agents  # noqa: PLC0415 - one look

    with store.read() as connection:
        row = agents.agent_by_id(connection, voice)
    return f", last asked {row.last_seen:%Y-%m-%d %H:%M} UTC" if row and row.last_seen else ", never asked yet"
