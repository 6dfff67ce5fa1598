"""Several proxies in turn, and what is told of the choice."""

import socket

import pytest

from farmsight_agent.retrieve import proxy_login
from farmsight_agent.retrieve.proxy import Proxy, ProxyRules, Route, from_environment, of_this_process
from farmsight_agent.retrieve.url import parse
from farmsight_lab.servers import answers
from farmsight_wire.v1 import facts_pb2

PAC = facts_pb2.PROXY_SOURCE_PAC
URL = "http://pki.invalid/a.crl"


class Always:
    """Chooses one route for everything."""

    def __init__(self, *ways, remarks=()):
        self.route = Route(ways=ways, chosen_by=PAC, remarks=remarks)

    def choose(self, _url):
        return self.route

    def close(self):
        pass


@pytest.fixture
def alive(ca, server):
    server.put("/a.crl", answers.crl(ca.crl()))
    host, port = server.address
    return Proxy(host=host, port=port)


@pytest.fixture
def dead():
    """Return a proxy whose port nobody listens on."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield Proxy(host="127.0.0.1", port=kept.getsockname()[1])


def outcome(value):
    return facts_pb2.RetrievalOutcome.Name(value.outcome).removeprefix("RETRIEVAL_OUTCOME_")


def test_a_dead_proxy_is_passed_over_and_told(fetch, alive, dead):
    value = fetch(URL, proxies=Always(dead, alive))

    assert (outcome(value), value.proxy, value.proxy_chosen_by) == ("OK", alive.text, PAC)
    assert list(value.hops[0].addresses_tried) == [dead.host, alive.host]
    assert f"no connection to the proxy {dead.text}" in value.remarks


def test_a_proxy_that_refuses_is_not_passed_over(server, fetch, alive):
    server.put("/a.crl", answers.http_status(403))

    value = fetch(URL, proxies=Always(alive, None))

    assert (outcome(value), value.http_status, value.proxy) == ("HTTP_STATUS", 403, alive.text)


def test_where_all_are_dead_the_last_one_is_told(fetch, dead):
    value = fetch(URL, proxies=Always(dead, Proxy(host="nobody.invalid", port=1)))

    assert (outcome(value), value.proxy) == ("NAME_NOT_RESOLVED", "nobody.invalid:1")


def test_the_direct_way_may_come_last(server, fetch, alive, dead):
    value = fetch(server.url("/a.crl"), proxies=Always(dead, None))

    assert (outcome(value), value.proxy) == ("OK", "")


def test_remarks_of_the_choice_are_kept_once_over_redirects(server, fetch, alive):
    server.put("/moved.crl", answers.redirect("/a.crl"))

    value = fetch("http://pki.invalid/moved.crl", proxies=Always(alive, remarks=("the proxy script is broken",)))

    assert len(value.hops) == 2
    assert [told for told in value.remarks if "broken" in told] == ["the proxy script is broken"]


def test_a_broken_setting_fails_and_is_told(fetch):
    value = fetch(URL, proxies=ProxyRules(by_scheme={"http": "ftp://proxy:21"}))

    assert outcome(value) == "FAILED"
    assert "ftp://proxy" in value.detail


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, facts_pb2.PROXY_SOURCE_NONE),
        ({"http_proxy": "p:1"}, facts_pb2.PROXY_SOURCE_ENVIRONMENT),
        ({"http_proxy": "p:1", "no_proxy": "pki.invalid"}, facts_pb2.PROXY_SOURCE_ENVIRONMENT),
    ],
)
def test_the_environment_is_named_as_the_source(monkeypatch, environment, expected):
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert of_this_process().choose(parse(URL)).chosen_by == expected
    assert from_environment(environment).choose(parse(URL)).chosen_by == expected


class Answered:
    """A response with these fields."""

    def __init__(self, *fields):
        self.headers = self
        self.fields = list(fields)

    def get_all(self, name):
        assert name == "Proxy-Authenticate"
        return self.fields or None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((), ()),
        (("Negotiate", "NTLM", 'Basic realm="proxy"'), ("Basic", "Negotiate", "NTLM")),
        (('Digest realm="a, b", nonce="c=,d", qop="auth", Basic realm="x"',), ("Basic", "Digest")),
        (("Negotiate, NTLM",), ("Negotiate", "NTLM")),
        (("\x00\x01", "<html>", "=", ","), ()),
        (tuple(f"S{n}" for n in range(1000)), tuple(f"S{n}" for n in range(8))),
    ],
)
def test_the_schemes_that_a_proxy_offers(fields, expected):
    assert proxy_login.schemes(Answered(*fields)) == expected
