"""Who is the odd one out among servers that ought to be alike.

Unknown is not a value: a server that could not be asked is neither odd nor
one of the majority. Two against two is a difference without an odd one.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, TypeVar

V = TypeVar("V", bound=Hashable)


class NotKnown(Enum):
    """The one value that stands for "this server's value is not known"."""

    UNKNOWN = "unknown"


UNKNOWN: Final = NotKnown.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class Comparison(Generic[V]):
    """What servers have of one thing."""

    groups: tuple[tuple[V, tuple[str, ...]], ...]  # value with its servers, most servers first
    odd: tuple[str, ...]  # servers outside the majority; empty when there is no majority
    unknown: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Tell whether two servers are known to have different values."""
        return len(self.groups) > 1

    @property
    def tied(self) -> bool:
        """Tell whether they differ and no value has more than half of the servers."""
        return self.differs and not self.odd

    @property
    def concerned(self) -> tuple[str, ...]:
        """Return the odd ones, or all known servers when nobody is odd."""
        if self.odd or not self.differs:
            return self.odd
        return tuple(sorted(name for _, servers in self.groups for name in servers))


def compare(values: Mapping[str, V | NotKnown]) -> Comparison[V]:
    """Return who has what, and who is odd: outside a value that more than half of the known have."""
    by_value: dict[V, list[str]] = defaultdict(list)
    unknown: list[str] = []
    for server, value in sorted(values.items()):
        if isinstance(value, NotKnown):
            unknown.append(server)
        else:
            by_value[value].append(server)
    groups = sorted(((v, tuple(s)) for v, s in by_value.items()), key=lambda g: (-len(g[1]), g[1]))
    known = sum(len(servers) for _, servers in groups)
    majority = bool(groups) and len(groups[0][1]) * 2 > known
    odd = sorted(name for _, servers in groups[1:] for name in servers) if majority else []
    return Comparison(groups=tuple(groups), odd=tuple(odd), unknown=tuple(unknown))


def lacking(holdings: Mapping[str, frozenset[V] | NotKnown]) -> dict[V, Comparison[bool]]:
    """Return, for each thing that some known server has and another lacks, who has it and who doesn't."""
    known = [held for held in holdings.values() if not isinstance(held, NotKnown)]
    everything = frozenset[V]().union(*known)
    found = {}
    for thing in everything:
        compared = compare(
            {name: UNKNOWN if isinstance(held, NotKnown) else thing in held for name, held in holdings.items()}
        )
        if compared.differs:
            found[thing] = compared
    return found
