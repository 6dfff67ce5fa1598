"""The process: whether it runs, whether each listener answers as ours, and how much waits to be written."""

import socket
import ssl
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from farmsight_collector import folder, lock
from farmsight_collector.config import Config
from farmsight_collector.doctor.step import FailedError, SkippedError, UnknownError
from farmsight_collector.identity.names import COLLECTOR
from farmsight_collector.metrics import PREFIX
from farmsight_collector.settings import OFF

WITHIN_S: Final = 5.0
FRESH_S: Final = 60.0
MANY_FRAMES: Final = 5000
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - asked, not listened on


def runs(data: Path) -> str:
    """See that a collector serves from the folder."""
    try:
        held = lock.is_held(data)
    except OSError as error:
        raise UnknownError(f"{data / lock.FILE}: {error.strerror}", "run this as the collector's account") from error
    if not held:
        start = f"systemctl start farmsight-collector, or farmsight-collector serve --data {data}"
        raise FailedError(f"no collector serves from {data}", start)
    return f"a collector serves from {data}"


def listener(config: Config, name: str, *, running: bool) -> str:
    """See that a listener answers with this collector's TLS; where nothing runs, that its port is free."""
    told = folder.addresses(config)[name]
    if told == OFF:
        raise SkippedError("off, by the settings")
    host, port = _place(told)
    if not running:
        return _free(*_place(getattr(config.listen, name)))
    ours = name != "web" or (not config.web.certificate and told.startswith("https"))
    try:
        with socket.create_connection((host, port), timeout=WITHIN_S) as plain:
            if not ours:
                return f"{told} takes connections"
            context = ssl.create_default_context(cadata=(config.data / "ca.crt").read_text(encoding="ascii"))
            with context.wrap_socket(plain, server_hostname=COLLECTOR) as tls:
                return f"{told} answers by {tls.version()} as {COLLECTOR}"
    except ssl.SSLCertVerificationError as error:
        text = f"{told} answers with a certificate that agents do not trust: {error.verify_message}"
        raise FailedError(
            text, "another program has the port, or the certificate ran out: restart the collector"
        ) from error
    except OSError as error:
        remedy = "see the collector's log; a firewall on this machine?"
        raise FailedError(f"{told} does not answer: {error}", remedy) from error


def _place(address: str) -> tuple[str, int]:
    if "://" in address:
        parts = urlsplit(address)
        return parts.hostname or "", parts.port or 443
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    return _ANYWHERE.get(host, host), int(port)


def _free(host: str, port: int) -> str:
    if port == 0:
        return "any free port, by the settings"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = f"free the port, or change [listen]; who has it: ss -ltnp 'sport = :{port}'"
            raise FailedError(f"{host}:{port} can't be listened on: {error.strerror}", remedy) from error
    return f"{host}:{port} is free"


def scraped(config: Config) -> str:
    """See that what Prometheus reads answers, where it has a port of its own."""
    if not config.metrics.listen or config.metrics.listen == OFF:
        raise SkippedError("no port of its own, by the settings")
    host, port = _place(config.metrics.listen)
    try:
        with socket.create_connection((host, port), timeout=WITHIN_S):
            return f"{config.metrics.listen} takes connections"
    except OSError as error:
        raise FailedError(f"{config.metrics.listen} does not answer: {error}", "see the collector's log") from error


def queue(config: Config, now: datetime) -> str:
    """See in the collector's own figures that what agents say is written as fast as it comes."""
    path = config.data / folder.METRICS
    try:
        age = now.timestamp() - path.stat().st_mtime
        figures = _figures(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnknownError(f"{path.name}: {error.strerror}") from error
    if age > FRESH_S:
        raise UnknownError(f"{path.name} is {age:.0f} s old", "the collector writes it every ten seconds: see its log")
    waiting, held = figures.get("queue_frames", 0.0), figures.get("in_flight_bytes", 0.0)
    failures, streams = figures.get("commit_failures_total", 0.0), figures.get("streams", 0.0)
    says = (
        f"{waiting:.0f} frames wait, {held / (1 << 20):.1f} MiB under way, {streams:.0f} agents connected, "
        f"{failures:.0f} transactions had to be tried again"
    )
    if waiting > MANY_FRAMES or held > 0.9 * config.bounds.in_flight_bytes:
        remedy = "is the disk slow or full, the database busy? docs/operate-collector.md, What to watch"
        raise FailedError(f"{says}: the store does not keep up", remedy)
    return says


def _figures(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith(PREFIX) and "{" not in name:
            found[name.removeprefix(PREFIX)] = float(value)
    return found
