"""The Web Application Proxy's configuration as its cmdlets show it."""

from collections.abc import Iterator

from google.protobuf.message import Message

from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.configuration import each_part, parts_of
from farmsight_wire.v1 import facts_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield configuration, applications and proxy trust certificates."""
    yield from each_part(tools, PROBE.id, tools.host.wap, _key)


def _key(seen: Message) -> str:
    if isinstance(seen, facts_pb2.WapApplication):
        return seen.id
    return seen.certificate.sha1 if isinstance(seen, facts_pb2.WapTrustCertificate) else "-"


PROBE = Probe(
    id="wap",
    reads="proxy configuration and health, published applications, proxy trust certificates",
    parts=parts_of("wap"),
    roles=frozenset({"wap"}),
    period_s=900,
    deadline_s=120,  # above the 100 s that PowerShell is given: see hosts/windows/programs/powershell_text.py
    collect=collect,
)
