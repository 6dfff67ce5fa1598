"""Proxy lists and bypass lists as Windows writes them."""

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.retrieve.proxy_lists import bypassed, ways, wild
from farmsight_agent.retrieve.url import parse


def texts(found):
    return [way.text if way else "direct" for way in found]


@pytest.mark.parametrize(
    ("listed", "url", "expected"),
    [
        ("p:3128", "http://pki/", ["p:3128"]),
        ("p", "http://pki/", ["p:80"]),
        ("http://p:3128", "http://pki/", ["p:3128"]),
        ("p1:1;p2:2 p3:3", "http://pki/", ["p1:1", "p2:2", "p3:3"]),
        ("p1:1;p1:1", "http://pki/", ["p1:1"]),
        ("p1:1;DIRECT", "http://pki/", ["p1:1", "direct"]),
        ("http=p1:1;https=p2:2", "http://pki/", ["p1:1"]),
        ("http=p1:1;https=p2:2", "https://pki/", ["p2:2"]),
        ("https=p2:2", "http://pki/", []),
        ("p0:1;http=http://p1:1", "http://pki/", ["p1:1"]),
        ("socks=s:1080", "http://pki/", []),
        ("http=u:secret@p1:1", "http://pki/", ["p1:1"]),
        ("[2001:db8::1]:3128", "http://pki/", ["[2001:db8::1]:3128"]),
        ("", "http://pki/", []),
    ],
)
def test_the_proxies_of_a_list(listed, url, expected):
    assert texts(ways(listed, parse(url))) == expected


@pytest.mark.parametrize("listed", ["ftp://p:1", "http=://", "p:99999"])
def test_a_list_without_any_http_proxy_is_refused(listed):
    with pytest.raises(ValueError, match=r"proxy|range"):
        ways(listed, parse("http://pki/"))


@pytest.mark.parametrize(
    ("listed", "url", "expected"),
    [
        ("<local>", "http://pki/", True),
        ("<local>", "http://pki.contoso.com/", False),
        ("*.contoso.com", "http://pki.contoso.com/", True),
        ("*.contoso.com", "http://contoso.com/", False),
        ("*contoso.com", "http://contoso.com/", True),
        ("contoso.com", "http://pki.contoso.com/", False),
        ("PKI.contoso.com", "http://pki.CONTOSO.com/", True),
        ("sts;pki.*", "http://pki.contoso.com/", True),
        ("10.1.*", "http://10.1.2.3/", True),
        ("10.1.*", "http://10.2.2.3/", False),
        ("pki:8080", "http://pki:8080/", True),
        ("pki:8080", "http://pki/", False),
        ("https://pki", "http://pki/", False),
        ("http://pki", "http://pki/", True),
        ("[2001:db8::1]", "http://[2001:db8::1]/", True),
        ("*", "http://anything/", True),
        ("", "http://pki/", False),
    ],
)
def test_the_bypass_list_of_windows(listed, url, expected):
    assert bypassed(listed, parse(url)) == expected


@given(st.text("ab*", max_size=12), st.text("ab", max_size=12))
def test_stars_stand_for_anything(pattern, text):
    assert wild(pattern, text) == bool(re.match(fnmatch.translate(pattern), text))


def test_a_hostile_pattern_takes_no_time():
    assert not wild("a*" * 50_000 + "b", "a" * 100_000)


@given(st.text(max_size=60), st.sampled_from(["http://pki.contoso.com/", "https://[::1]:8443/x"]))
def test_any_list_gives_proxies_or_is_refused(listed, url):
    bypassed(listed, parse(url))
    try:
        found = ways(listed, parse(url))
    except ValueError:
        return
    assert all(way is None or way.host for way in found)
