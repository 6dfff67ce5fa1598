"""One part a cmdlet's answer, for AD FS, the proxy and the tenant."""

from collections.abc import Callable, Iterator

from google.protobuf.message import Message

from farmsight_agent.hosts.host import Seen
from farmsight_agent.normalise.kinds import keyed
from farmsight_agent.probe import Part, Tools
from farmsight_agent.probes.answers import keep_referred, observe
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import KINDS


def parts_of(probe: str) -> tuple[str, ...]:
    """Return the parts that the vocabulary gives a probe."""
    return tuple(dict.fromkeys(kind.part for kind in KINDS if kind.probe == probe))


def each_part(
    tools: Tools, probe: str, look: Callable[[str], Seen[Message]], key: Callable[[Message], str]
) -> Iterator[Part]:
    """Yield every part of the probe, each with its own outcome."""

    def wrap(seen: Message, line: str) -> facts_pb2.Fact:
        keep_referred(seen, tools.host, tools.blobs)
        return keyed(seen, key(seen), line)

    for part in parts_of(probe):
        yield observe(lambda part=part: look(part), wrap, part=part)  # type: ignore[misc]
