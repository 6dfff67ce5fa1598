"""The AD FS configuration as its cmdlets show it."""

from collections.abc import Iterator

from google.protobuf.message import Message

from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.configuration import each_part, parts_of
from farmsight_wire.v1 import facts_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part a cmdlet, so that a secondary node's refusals stand beside what it can say."""
    yield from each_part(tools, PROBE.id, tools.host.adfs, _key)


def _key(seen: Message) -> str:
    if isinstance(seen, facts_pb2.AdfsAuthenticationProvider):
        return seen.name
    if isinstance(seen, facts_pb2.AdfsEndpoint):
        return seen.path
    if isinstance(seen, facts_pb2.AdfsCertificate):
        return f"{seen.type}/{seen.certificate.sha1}"
    if isinstance(seen, facts_pb2.AdfsTrust):
        # What asks for a trust by its name may print the rules alone.
        return seen.identifier or f"name:{seen.name}"
    return seen.name.lower() if isinstance(seen, facts_pb2.AdfsNode) else "-"


PROBE = Probe(
    id="adfs",
    reads="AD FS properties, policies, endpoints, certificates, trusts with their rules, nodes, synchronisation",
    parts=parts_of("adfs"),
    roles=frozenset({"adfs"}),
    period_s=900,
    deadline_s=120,  # above the 100 s that PowerShell is given: see hosts/windows/programs/powershell_text.py
    collect=collect,
)
