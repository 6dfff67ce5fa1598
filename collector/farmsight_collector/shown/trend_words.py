"""What each trend is called, in which unit people read it, and which limits it is held against."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from farmsight_collector.rules import limits
from farmsight_collector.rules.limits import Limit
from farmsight_collector.shown import figures
from farmsight_wire.v1.vocabulary import TRENDS


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of trend."""

    title: str
    unit: str
    note: str = ""
    limits: tuple[tuple[float, str], ...] = ()
    forecast: str = ""
    from_zero: bool = True
    by_server: bool = False  # the key is the server's own, and one group holds all


def _limit(limit: Limit, times: float = 1.0, unit: str = "ms") -> tuple[float, str]:
    value = limit.value * times
    return value, f"{figure(value, unit)} ({limit.name}; {limit.source}, {limit.date})"


def figure(value: float, unit: str) -> str:
    """Return a figure as people read it."""
    if unit == "ms":
        return f"{'-' if value < 0 else ''}{figures.duration(abs(value))}" if value else "0 ms"
    if unit == "bytes":
        return figures.size(round(value)) or "0 B"
    if unit == "s":
        sign = "-" if value < 0 else ""
        return f"{sign}{figures.span(timedelta(seconds=abs(value)))}"
    if unit == "share":
        return figures.share(value)
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


_KINDS: Final[dict[str, Kind]] = {
    "retrieval-duration-ms": Kind(
        title="Download time",
        unit="ms",
        note="of each fetch, from the first packet to the last byte",
        limits=(_limit(limits.CRL_SECONDS_ENTRA, 1000), _limit(limits.CRL_SECONDS_WINDOWS, 1000)),
        forecast="crl-time",
    ),
    "retrieval-size-bytes": Kind(
        title="Size",
        unit="bytes",
        note="of what was fetched",
        limits=(_limit(limits.CRL_BYTES_ENTRA, unit="bytes"), _limit(limits.CRL_BYTES_WINDOWS, unit="bytes")),
        forecast="crl-size",
    ),
    "crl-validity-left": Kind(
        title="Time left", unit="s", note="until the next update of the list that was served", limits=((0.0, "ended"),)
    ),
    "crl-publication-interval": Kind(
        title="Publication rhythm", unit="s", note="from one list to the next, when the CA made the next one"
    ),
    "crl-publication-overdue": Kind(
        title="Overdue publication", unit="s", note="past the CA's own next publish; zero while it is not"
    ),
    "url-availability": Kind(
        title="Availability", unit="share", note="share of the known time in which the URL answered as it must"
    ),
    "findings-open": Kind(title="Findings open", unit="count", note="by severity", by_server=True),
    "sign-in-failures": Kind(title="Sign-in failures", unit="count", note="events 342 and 364 of AD FS/Admin"),
    "events": Kind(title="Events", unit="count", note="of the logs that bear on certificate sign-in"),
    "tls-handshake-ms": Kind(title="TLS handshake", unit="ms", note="with the client certificate ports"),
    "clock-offset-ms": Kind(
        title="Clock offset",
        unit="ms",
        note="of a server's clock against its reference",
        limits=(_limit(limits.CLOCK_SECONDS, 1000), _limit(limits.CLOCK_SECONDS, -1000)),
    ),
    "agent-heard": Kind(
        title="Agents heard of", unit="share", note="share of the time, from the first sign on", by_server=True
    ),
    "agent-rss-bytes": Kind(title="Agent: memory", unit="bytes", by_server=True),
    "agent-cpu-seconds": Kind(title="Agent: processor time", unit="s", note="since it started", by_server=True),
    "agent-spool-reports": Kind(title="Agent: reports waiting", unit="count", by_server=True),
    "agent-dropped-reports": Kind(title="Agent: reports dropped", unit="count", by_server=True),
    "probe-duration-ms": Kind(title="Agent: probes", unit="ms", note="how long each probe ran"),
}
KINDS: Final = {name: kind for name, kind in _KINDS.items() if name in TRENDS}
