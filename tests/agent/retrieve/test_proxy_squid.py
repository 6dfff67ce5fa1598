"""Through squid, with and without a login: what a real proxy answers."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from farmsight_agent.retrieve.proxy import ProxyRules
from farmsight_lab.servers import answers
from farmsight_wire.v1 import facts_pb2

SQUID = shutil.which("squid") or shutil.which("squid", path="/usr/sbin") or ""
HELPERS = Path("/usr/lib/squid")
CONFIGURATION = """
http_port 127.0.0.1:{port}
pid_filename {folder}/squid.pid
cache_log {folder}/cache.log
access_log stdio:{folder}/access.log
cache_store_log none
coredump_dir {folder}
shutdown_lifetime 0 seconds
visible_hostname proxy.invalid
netdb_filename none
pinger_enable off
cache deny all
{login}
http_access {rule}
http_access deny all
"""
LOGIN = f"""
auth_param ntlm program {HELPERS}/ntlm_fake_auth
auth_param basic program {HELPERS}/basic_fake_auth
auth_param basic realm proxy
acl known proxy_auth REQUIRED
"""

pytestmark = pytest.mark.skipif(not SQUID, reason="squid is not installed (Debian: squid-openssl)")


def outcome(value):
    return facts_pb2.RetrievalOutcome.Name(value.outcome).removeprefix("RETRIEVAL_OUTCOME_")


class Squid:
    """One squid on a port of its own."""

    def __init__(self, folder, login, rule):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = free.getsockname()
        self.folder = folder
        configuration = CONFIGURATION.format(port=self.address[1], folder=folder, login=login, rule=rule)
        (folder / "squid.conf").write_text(configuration)
        folder.chmod(0o777)  # started as root it goes on as another user
        for parent in (folder, *folder.parents[:3]):
            parent.chmod(parent.stat().st_mode | 0o011)
        self.process = subprocess.Popen(
            [SQUID, "-N", "-f", folder / "squid.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def wait(self):
        for _ in range(200):
            try:
                socket.create_connection(self.address, 1).close()
            except OSError:
                assert self.process.poll() is None, (self.folder / "cache.log").read_text()
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "cache.log").read_text())

    def rules(self):
        proxy = "{}:{}".format(*self.address)
        return ProxyRules(by_scheme={"http": proxy, "https": proxy})

    def log(self):
        return (self.folder / "access.log").read_text()

    def stop(self):
        self.process.kill()
        self.process.wait()


def started(folder, login="", rule="allow all"):
    made = Squid(folder, login, rule)
    try:
        made.wait()
        yield made
    finally:
        made.stop()


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
