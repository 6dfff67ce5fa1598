"""One retrieval in full."""

from farmsight_collector.shown.fields import flat, side_by_side
from farmsight_collector.shown.retrieval_facts import beside, parts, steps
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.pki import ISSUING, crl, retrieval

URL = "http://pki.contoso.com/issuing.crl"


def redirected() -> f.Retrieval:
    value = f.Retrieval(url=URL, outcome=f.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION)
    first = value.hops.add(url=URL, address="10.0.4.17", http_status=302, location="https://login.contoso.com/")
    first.addresses_tried.extend(["10.0.4.18", "10.0.4.17"])
    value.hops.add(url="https://login.contoso.com/", address="10.0.9.9", http_status=407)
    return value


def test_each_redirect_is_a_step_with_the_addresses_that_were_tried_in_vain() -> None:
    first, second = steps(redirected())

    assert (first.number, first.status, first.location) == (1, "302", "https://login.contoso.com/")
    assert first.tried == ("10.0.4.18",)
    assert (second.url, second.address, second.status) == ("https://login.contoso.com/", "10.0.9.9", "407")


def test_windows_own_answers_stand_beside_ours() -> None:
    value = redirected()
    value.platform_wire.error = "0x80190197"
    value.platform_cache.ok = True
    ours, wire, cache = beside(value)

    assert (ours.who, ours.state, ours.says) == ("farmsight", "bad", "proxy authentication")
    assert (wire.state, wire.says) == ("bad", "0x80190197")
    assert (cache.state, cache.says) == ("ok", "fetched")


def test_windows_that_could_not_be_asked_says_neither_yes_nor_no() -> None:
    value = redirected()
    value.platform_wire.detail = "no token of the service"
    wire = beside(value)[1]

    assert (wire.state, wire.says) == ("unknown", "not asked: no token of the service")


def test_other_bytes_than_ours_are_told() -> None:
    value = retrieval(URL).retrieval
    value.platform_wire.ok, value.platform_wire.body_sha256 = True, b"\1" * 32
    value.platform_cache.ok, value.platform_cache.body_sha256 = True, value.body_sha256

    assert [one.same for one in beside(value)] == ["", "other bytes", "the same bytes"]


def test_where_windows_was_not_asked_there_is_nothing_beside() -> None:
    assert beside(redirected()) == ()


def test_what_came_is_told_in_its_fields() -> None:
    told = {
        (part.title, item.name): item.value for part in parts(retrieval(URL, body=crl(ISSUING))) for item in part.items
    }

    assert told["CRL", "number"] == "0a"
    assert told["CRL", "next update"] == "2026-11-29 10:00Z"
    assert told["How it went", "outcome"] == "ok"
    assert told["What came", "signature"] == "verified"
    assert told["Asked by, and why", "named by certificate"] == ISSUING.sha1


def test_two_messages_side_by_side_show_what_differs_first() -> None:
    one, other = crl(ISSUING, number="0a"), crl(ISSUING, number="0b")
    lines = side_by_side(one, other)

    assert (lines[0].name, lines[0].one, lines[0].other) == ("number", "0a", "0b")
    assert not any(line.differs for line in lines[1:])
    assert side_by_side(one, None)[0].other == ""


def test_fields_of_a_hostile_message_are_bounded() -> None:
    wide = f.Retrieval(remarks=["x" * 5000], named_by=["a"] * 10_000)

    assert all(len(text) <= 600 for text in flat(wide).values())
