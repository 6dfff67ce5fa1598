"""URL reservations and TLS bindings: of http.sys, or of the TLS proxy on Linux."""

from collections.abc import Iterator

from farmsight_agent.hosts.host import NOT_SHOWN
from farmsight_agent.normalise import kinds
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe


def collect(tools: Tools) -> Iterator[Part]:
    """Yield the parts; each may be unknown without the others."""
    yield observe(tools.host.url_reservations, kinds.url_reservation, part="url-reservation")
    yield observe(tools.host.tls_bindings, kinds.tls_binding, part="tls-binding")
    yield observe(tools.host.ip_listen, lambda seen, line: kinds.keyed(seen, seen.address, line), part="ip-listen")
    yield observe(
        tools.host.url_registrations, lambda seen, line: kinds.keyed(seen, seen.url, line), part="url-registration"
    )
    timeouts = observe(
        tools.host.http_timeouts, lambda seen, line: kinds.keyed(seen, seen.name, line), part="http-timeout"
    )
    if timeouts.reason != NOT_SHOWN:
        yield timeouts


PROBE = Probe(
    id="http-sys",
    reads="URL reservations with who may listen, URLs registered now, the IP listen list, timeouts, TLS bindings "
    "with every flag, nginx and HAProxy listeners",
    parts=("url-reservation", "tls-binding", "ip-listen", "url-registration", "http-timeout"),
    period_s=300,
    deadline_s=30,
    collect=collect,
)
