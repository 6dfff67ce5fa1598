"""The addresses that http.sys is restricted to; none of them means all."""

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import iplisten
from farmsight_agent.outcome import FailedError
from tests.fakes import netsh


def text(body):
    return Text(name="WAP01_iplisten.txt", text=body)


def addresses(body):
    return [one.address for one in iplisten.parse(text(body)).values]


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_the_addresses_are_read_in_any_language(language):
    body = netsh.iplisten(language, "10.0.0.5", "fe80::1%4", "::1")

    assert addresses(body) == addresses(netsh.flat(body)) == ["10.0.0.5", "fe80::1%4", "::1"]
    assert iplisten.likeness(text(body)) is Likeness.LIKELY


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_an_empty_list_is_an_answer_and_resembles_every_other_empty_list(language):
    body = netsh.iplisten(language)

    assert addresses(body) == []
    assert iplisten.likeness(text(body)) is Likeness.RESEMBLES


def test_of_two_listings_the_later_stands_and_an_address_counts_once():
    body = netsh.iplisten(netsh.ENGLISH, "10.0.0.5") + netsh.iplisten(netsh.ENGLISH, "10.0.0.6", "10.0.0.6")

    assert addresses(body) == ["10.0.0.6"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Access is denied.\n", "not-understood"),
        ("", "not-understood"),
        ("Heading:\n--------\n\nAccess is denied.\n", "not-understood"),
        ("Heading:\n--------\n\n    10.0.0.5\n    999.0.0.1\n", "not-understood"),
        ("Heading:\n-----", "truncated"),
    ],
)
def test_what_is_no_list_of_addresses_is_not_called_empty(body, reason):
    with pytest.raises(FailedError, match=reason):
        iplisten.parse(text(body))
    assert iplisten.likeness(text(body)) in (Likeness.NO, Likeness.RESEMBLES)


def test_a_listing_cut_off_anywhere_never_claims_half_an_address():
    body = netsh.iplisten(netsh.GERMAN, "10.0.0.51", "10.0.0.52")
    for end in range(len(body)):
        try:
            found = addresses(body[:end])
        except FailedError:
            continue
        assert found == ["10.0.0.51", "10.0.0.52"][: len(found)]
