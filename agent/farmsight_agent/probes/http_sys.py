"""URL reservations and TLS bindings: of http.sys, or of the TLS proxy on Linux."""

from collections.abc import Iterator

from farmsight_agent.normalise import kinds
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe


def collect(tools: Tools) -> Iterator[Part]:
    """Yield both parts; either may be unknown without the other."""
    yield observe(tools.host.url_reservations, kinds.url_reservation, part="url-reservation")
    yield observe(tools.host.tls_bindings, kinds.tls_binding, part="tls-binding")


PROBE = Probe(
    id="http-sys",
    reads="URL reservations with who may listen, TLS bindings with every flag, nginx and HAProxy listeners",
    parts=("url-reservation", "tls-binding"),
    period_s=300,
    deadline_s=30,
    collect=collect,
)
