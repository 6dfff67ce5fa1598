"""Who this server is: names, addresses, operating system, domain, and how it resolves the farm's name."""

from collections.abc import Iterator

from farmsight_agent.normalise.kinds import keyed
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe
from farmsight_wire.v1 import facts_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield the host's identity."""
    farm = tools.config.federation_service_name
    names = dict.fromkeys((*((farm,) if farm else ()), *tools.config.endpoints.names))
    yield observe(lambda: tools.host.identity(tuple(names)), _fact)


def _fact(seen: facts_pb2.HostIdentity, line: str) -> facts_pb2.Fact:
    return keyed(seen, seen.computer_name, line)


PROBE = Probe(
    id="host",
    reads="computer name, addresses, operating system, domain membership, resolution of the farm's names",
    period_s=900,
    deadline_s=30,
    collect=collect,
)
