"""Through squid, with and without a login: what a real proxy answers."""

import pytest

from farmsight_agent.retrieve.proxy import ProxyRules
from farmsight_lab.servers import answers
from farmsight_wire.v1 import facts_pb2
from tests.fakes.squid import LOGIN, SQUID, started

pytestmark = pytest.mark.skipif(not SQUID, reason="squid is not installed (Debian: squid-openssl)")


def outcome(value):
    return facts_pb2.RetrievalOutcome.Name(value.outcome).removeprefix("RETRIEVAL_OUTCOME_")


@pytest.fixture(scope="module")
def squid(tmp_path_factory):
    yield from started(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def squid_with_login(tmp_path_factory):
    yield from started(tmp_path_factory.mktemp("login"), LOGIN, "allow known")


@pytest.fixture(scope="module")
def squid_that_forbids(tmp_path_factory):
    yield from started(tmp_path_factory.mktemp("forbids"), rule="deny all")


def test_a_crl_comes_through_it(ca, server, fetch, squid):
    server.put("/a.crl", answers.crl(ca.crl()))

    value = fetch(server.url("/a.crl"), proxies=squid.rules())

    assert (outcome(value), value.proxy) == ("OK", "{}:{}".format(*squid.address))
    assert value.proxy_chosen_by == facts_pb2.PROXY_SOURCE_ENVIRONMENT
    assert "via" in server.requests[-1].headers
    assert server.url("/a.crl") in squid.log()


def test_a_host_on_the_bypass_list_is_asked_past_it(ca, server, fetch, squid):
    server.put("/past.crl", answers.crl(ca.crl()))
    rules = ProxyRules(by_scheme=squid.rules().by_scheme, bypass=("127.0.0.0/8",))

    value = fetch(server.url("/past.crl"), proxies=rules)

    assert (outcome(value), value.proxy) == ("OK", "")
    assert "via" not in server.requests[-1].headers


def test_its_login_is_told_with_the_schemes_and_gets_no_credentials(ca, server, fetch, squid_with_login):
    server.put("/a.crl", answers.crl(ca.crl()))

    value = fetch(server.url("/a.crl"), proxies=squid_with_login.rules())

    assert (outcome(value), value.http_status) == ("PROXY_AUTHENTICATION", 407)
    assert value.detail == "the proxy wants credentials (Basic, NTLM)"
    assert server.requests == []


def test_its_login_is_told_for_a_tunnel_too(fetch, squid_with_login):
    value = fetch("https://127.0.0.1:9/a.crl", proxies=squid_with_login.rules())

    assert (outcome(value), value.http_status) == ("PROXY_AUTHENTICATION", 407)
    assert value.detail == "the proxy wants credentials (Basic, NTLM)"


def test_a_tunnel_ends_at_the_server(ca, fetch, squid, tls_port):
    value = fetch(f"https://127.0.0.1:{tls_port}/a.crl", proxies=squid.rules())

    assert outcome(value) == "TLS_FAILED"  # nobody trusts the test's root: the handshake was with the server itself
    assert f"CONNECT 127.0.0.1:{tls_port}" in squid.log()


def test_a_proxy_that_forbids_is_another_thing(server, fetch, squid_that_forbids):
    value = fetch(server.url("/a.crl"), proxies=squid_that_forbids.rules())
    tunnel = fetch("https://127.0.0.1:9/a.crl", proxies=squid_that_forbids.rules())

    assert (outcome(value), value.http_status) == ("HTTP_STATUS", 403)
    assert (outcome(tunnel), tunnel.http_status) == ("HTTP_STATUS", 403)
    assert "tunnel" in tunnel.detail


def test_a_dead_server_behind_it_is_a_bad_gateway(fetch, squid):
    value = fetch("http://127.0.0.1:9/a.crl", proxies=squid.rules())

    assert (outcome(value), value.http_status) == ("HTTP_STATUS", 503)
