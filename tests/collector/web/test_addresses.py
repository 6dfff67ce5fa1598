"""Names that the page goes by, and paths that stay on it: whatever is typed."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_collector.web.addresses import host_name, is_loopback, local_path, names

OURS = names("http", ("collector.contoso.com",), "https://farmsight.contoso.com/")
# What browsers read otherwise than they look, in all orders.
CUNNING = st.text(st.sampled_from("/\\:@?#. \t\r\n\x00%evil.com5cf"), max_size=24)


@given(st.one_of(CUNNING, st.text(max_size=40)))
def test_whatever_is_asked_for_stays_on_this_site(wanted: str) -> None:
    path = local_path(wanted)

    # As browsers do: a backslash is a slash, tabs and line breaks are nothing.
    read = path.replace("\\", "/").translate({9: None, 10: None, 13: None})
    assert urlsplit(urljoin("http://127.0.0.1:7446/sign-in", read)).netloc == "127.0.0.1:7446"
    assert path.isprintable()


@pytest.mark.parametrize("wanted", ["/", "/farms/a/topology?at=-2h&show=odd#x", "/a:b", "/a//b"])
def test_paths_of_ours_are_kept(wanted: str) -> None:
    assert local_path(wanted) == wanted


@given(st.one_of(CUNNING, st.text(max_size=60)))
def test_any_host_header_is_a_name_or_none(host: str) -> None:
    name = host_name(host)

    assert name is None or (name == name.lower() and "/" not in name and "@" not in name)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1:7446", "[::1]:7446", "10.1.2.3", "Collector.Contoso.com.", "farmsight.contoso.com:443"],
)
def test_our_names_are_known(host: str) -> None:
    assert OURS.known(host)


@pytest.mark.parametrize(
    "host", ["", "evil.com", "127.0.0.1.evil.com", "localhost@evil.com", "evil.com#localhost", "127.0.0.1:x", "a" * 400]
)
def test_other_names_are_not(host: str) -> None:
    assert not OURS.known(host)


@pytest.mark.parametrize(
    ("origin", "site", "fits"),
    [
        ("http://localhost:7446", "same-origin", True),
        ("http://localhost:7446", None, True),
        (None, "same-origin", True),
        ("https://farmsight.contoso.com", "same-origin", True),
        ("https://localhost:7446", "same-origin", False),
        ("http://localhost:7447", None, False),
        ("http://localhost:7446.evil.com", None, False),
        ("null", None, False),
        (None, None, False),
        ("http://localhost:7446", "cross-site", False),
        (None, "same-site", False),
        (None, "none", False),
    ],
)
def test_a_change_must_come_from_a_page_of_ours(origin, site, fits) -> None:
    assert OURS.same_site("localhost:7446", origin, site) is fits


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1:1", True), ("[::1]:1", True), ("localhost:1", True), ("0.0.0.0:1", False), ("10.0.0.1:1", False)],
)
def test_loopback_is_told_from_the_rest(address, here) -> None:
    assert is_loopback(address) is here
