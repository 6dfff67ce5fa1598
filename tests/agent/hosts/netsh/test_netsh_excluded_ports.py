"""TCP ports that the system keeps from being bound."""

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import excluded_ports
from farmsight_agent.outcome import FailedError
from tests.fakes import netsh

RANGES = ((5357, 5357, False), (49443, 49542, False), (50000, 50059, True))


def text(body):
    return Text(name="WAP01_excludedportrange.txt", text=body)


def ranges(body):
    return [(one.first, one.last, one.administered) for one in excluded_ports.parse(text(body)).values]


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_the_ranges_are_read_in_any_language(language):
    body = netsh.excluded_ports(language, *RANGES)

    assert ranges(body) == ranges(netsh.flat(body)) == ranges("C:\\>netsh int ipv4 show excl tcp\n" + body) == [*RANGES]
    assert excluded_ports.likeness(text(body)) is Likeness.CERTAIN


def test_no_range_is_an_answer():
    assert ranges(netsh.excluded_ports(netsh.FRENCH)) == []


def test_a_table_copied_without_its_last_line_counts():
    body = netsh.excluded_ports(netsh.SPANISH, *RANGES).partition("* - ")[0]

    assert ranges(body) == [*RANGES]
    assert excluded_ports.likeness(text(body)) is Likeness.LIKELY


def test_the_ranges_of_udp_are_not_those_of_tcp():
    with pytest.raises(FailedError, match="other-protocol"):
        ranges(netsh.excluded_ports(netsh.ENGLISH, *RANGES).replace("tcp", "udp"))
    both = netsh.excluded_ports(netsh.ENGLISH, *RANGES).replace("tcp", "udp") + netsh.excluded_ports(netsh.ENGLISH)
    assert ranges(both) == []


@pytest.mark.parametrize(
    "row", ["  70000  70001", "  90  80", "  80", "  80  90  x", "Access is denied.", "  80  90  100"]
)
def test_what_is_no_range_is_refused(row):
    body = netsh.excluded_ports(netsh.ENGLISH, *RANGES).replace("* - ", f"{row}\r\n* - ")
    with pytest.raises(FailedError, match="not-understood"):
        ranges(body)


def test_a_table_cut_off_anywhere_never_claims_half_a_range():
    body = netsh.excluded_ports(netsh.RUSSIAN, *RANGES)
    for end in range(len(body)):
        try:
            found = ranges(body[:end])
        except FailedError:
            continue
        assert found == [*RANGES][: len(found)]
