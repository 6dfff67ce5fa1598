"""Excluded port ranges of IPv4 and IPv6 as one list."""

from farmsight_agent.hosts.windows.http.port_ranges import together
from farmsight_wire.v1 import facts_pb2


def ranges(*given):
    return [facts_pb2.PortExclusion(first=a, last=b, protocol="tcp", administered=c) for a, b, c in given]


def test_a_range_of_both_is_one_and_one_of_either_counts():
    found = together(
        [ranges((50000, 50059, True), (5357, 5357, False)), ranges((50000, 50059, False), (49400, 49499, False))]
    )

    assert [(one.first, one.last, one.administered) for one in found] == [
        (5357, 5357, False),
        (49400, 49499, False),
        (50000, 50059, True),
    ]


def test_without_ranges_there_are_none():
    assert together([[], []]) == ()
