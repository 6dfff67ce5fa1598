"""Port ranges of several listings as one. Platform-free."""

from collections.abc import Iterable, Sequence

from farmsight_wire.v1 import facts_pb2


def together(listings: Iterable[Sequence[facts_pb2.PortExclusion]]) -> tuple[facts_pb2.PortExclusion, ...]:
    """Return each range once, in the order of ports; one that an administrator set in any listing is administered."""
    found: dict[tuple[int, int], facts_pb2.PortExclusion] = {}
    for one in (one for listing in listings for one in listing):
        first = found.setdefault((one.first, one.last), one)
        first.administered = first.administered or one.administered
    return tuple(found[place] for place in sorted(found))
