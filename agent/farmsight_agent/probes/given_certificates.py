"""Certificates that were handed in beside what the server holds: a user's, or a CA's."""

from collections.abc import Iterator

from farmsight_agent.normalise.facts import fact
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import keep_referred, observe
from farmsight_wire.v1 import facts_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield the one part."""

    def wrap(seen: facts_pb2.GivenCertificate, line: str) -> facts_pb2.Fact:
        keep_referred(seen, tools.host, tools.blobs)
        return fact(seen, seen.certificate.sha1, source=line)

    yield observe(tools.host.given_certificates, wrap)


PROBE = Probe(
    id="given-certificates",
    reads="certificates handed in as files, with the names, usages and mapping that sign-in depends on",
    period_s=900,
    deadline_s=30,
    collect=collect,
)
