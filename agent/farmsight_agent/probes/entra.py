"""The tenant's side of federation, where a file here holds it."""

from collections.abc import Iterator

from google.protobuf.message import Message

from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.configuration import each_part, parts_of
from farmsight_wire.v1 import facts_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield the tenant's certificate authorities and domains, and its own certificate sign-in."""
    yield from each_part(tools, PROBE.id, tools.host.entra, key_of)


def key_of(seen: Message) -> str:
    """Return the key of one of the tenant's facts."""
    if isinstance(seen, facts_pb2.EntraAuthority):
        # The older cmdlets print name and key identifier of a CA, and not its certificate.
        return seen.certificate.sha1 or f"ski:{seen.certificate.subject_key_identifier}"
    if isinstance(seen, facts_pb2.EntraRollout):
        return seen.id
    return seen.name.lower() if isinstance(seen, facts_pb2.EntraDomain) else "-"


PROBE = Probe(
    id="entra",
    reads="certificate authorities, federated domains and certificate policy of the tenant, from entra.json",
    parts=parts_of("entra"),
    period_s=900,
    deadline_s=30,
    collect=collect,
)
