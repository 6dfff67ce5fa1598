"""Whom Windows' time service asks."""

import pytest

from farmsight_agent.hosts.windows.network.time_sources import time_source


@pytest.mark.parametrize(
    ("kind", "peers", "joined", "domain", "asked", "shown"),
    [
        ("NT5DS", "time.windows.com,0x8", True, True, (), "NT5DS"),
        ("", "", True, True, (), "NT5DS"),
        ("NTP", "a.contoso.com,0x9 B.contoso.com,0x1", False, False, ("a.contoso.com", "b.contoso.com"),
         "NTP a.contoso.com b.contoso.com"),
        ("ntp", "a.contoso.com", True, False, ("a.contoso.com",), "NTP a.contoso.com"),
        ("AllSync", "a.contoso.com", True, True, ("a.contoso.com",), "AllSync a.contoso.com"),
        ("NT5DS", "", False, False, (), "NT5DS"),  # a workgroup has no domain to ask
        ("NoSync", "a.contoso.com", True, False, (), "NoSync"),
        ("", "", False, False, (), ""),
        ("junk", "a.contoso.com", True, False, (), "junk"),
    ],
)  # fmt: skip
def test_type_and_peers_say_who_is_asked(kind, peers, joined, domain, asked, shown):
    found = time_source(kind, peers, joined=joined)

    assert (found.domain, found.peers, found.shown) == (domain, asked, shown)


def test_a_peer_named_twice_or_empty_is_asked_once_and_three_at_most():
    found = time_source("NTP", "a,0x9 a,0x1 ,0x1 b c d e", joined=False)

    assert found.peers == ("a", "b", "c")
