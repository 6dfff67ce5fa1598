"""Through an HTTP proxy: every way in which it opens no tunnel, or opens what is in it, is named by `doctor`."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from farmsight_agent import doctor
from farmsight_agent.reach.proxy import Proxy
from tests.fakes.collectors import PEM, FakeCa
from tests.fakes.hops import examined, failing, hop
from tests.fakes.live_collector import Running
from tests.fakes.squid import CERTIFICATES, GOOD_LOGIN, LOGIN, SQUID, started
from tests.fakes.tls_ports import answering, saying

needs_squid = pytest.mark.skipif(not SQUID, reason="squid is not installed (Debian: squid-openssl)")
needs_bump = pytest.mark.skipif(
    not SQUID or not CERTIFICATES.exists(), reason="squid is not one that opens TLS (Debian: squid-openssl)"
)


def test_a_proxy_whose_name_is_not_known(state: Path) -> None:
    step = failing(examined(state, "collector.contoso.com:7443", proxy="no-such-proxy.invalid:3128"))

    assert hop(step) == "proxy name resolves"
    assert "uplink.proxy" in step.remedy


def test_a_proxy_that_is_not_there(state: Path) -> None:
    step = failing(examined(state, "collector.contoso.com:7443", proxy="127.0.0.1:9"))

    assert hop(step) == "proxy TCP"
    assert "the proxy runs" in step.remedy


@needs_squid
def test_through_a_proxy_the_collectors_name_is_the_proxys_to_resolve(collector: Running, state: Path, squid) -> None:
    steps = examined(state, collector.addresses["telemetry"], proxy="{}:{}".format(*squid.address))

    assert {step.state for step in steps.values()} == {"ok"}
    assert [hop(step) for step in steps.values()][:3] == ["proxy name resolves", "proxy TCP", "proxy CONNECT"]


@needs_squid
def test_a_proxy_that_wants_a_login(collector: Running, state: Path, squid_with_login) -> None:
    address, proxy = collector.addresses["telemetry"], "{}:{}".format(*squid_with_login.address)

    none = failing(examined(state, address, proxy=proxy))
    wrong = failing(examined(state, address, proxy=proxy, login="agent@dmz:no"))
    right = examined(state, address, proxy=proxy, login=GOOD_LOGIN)

    assert (hop(none), "407" in none.says, "(Basic)" in none.says) == ("proxy CONNECT", True, True)
    assert "uplink.proxy_credentials" in none.remedy
    assert "does not take 'agent@dmz'" in wrong.remedy
    assert {step.state for step in right.values()} == {"ok"}


@needs_squid
def test_a_proxy_that_logs_on_in_ways_that_the_agent_does_not(state: Path, tmp_path_factory) -> None:
    ntlm = "\n".join(line for line in LOGIN.splitlines() if "basic" not in line)
    for one in started(tmp_path_factory.mktemp("ntlm"), ntlm, "allow known"):
        step = failing(examined(state, "127.0.0.1:9", proxy="{}:{}".format(*one.address), login=GOOD_LOGIN))

    assert "(NTLM)" in step.says
    assert "with Basic alone" in step.remedy


@needs_squid
def test_a_proxy_that_forbids_and_one_that_can_not_get_there(state: Path, squid, tmp_path_factory) -> None:
    for one in started(tmp_path_factory.mktemp("forbids"), rule="deny all"):
        forbidden = failing(examined(state, "127.0.0.1:9", proxy="{}:{}".format(*one.address)))
    nowhere = failing(examined(state, "127.0.0.1:9", proxy="{}:{}".format(*squid.address)))

    assert (hop(forbidden), "403" in forbidden.says) == ("proxy CONNECT", True)
    assert "allow this server CONNECT to 127.0.0.1:9" in forbidden.remedy
    assert (hop(nowhere), "503" in nowhere.says) == ("proxy CONNECT", True)
    assert "can't reach 127.0.0.1:9 itself" in nowhere.remedy
    assert "ERR_CONNECT_FAIL" in nowhere.says


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not answer as an HTTP proxy"),
        (b"", "does not answer as an HTTP proxy"),
        (b"HTTP/1.1 405 Not \x1b[31mAllowed\r\n\r\n", "405 Not ?[31mAllowed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "does not answer as an HTTP proxy"),
    ],
    ids=["ssh", "silence", "web-server", "endless-header"],
)
def test_what_is_no_proxy(state: Path, said: bytes, told: str) -> None:
    with answering(saying(said)) as address:
        step = failing(examined(state, "collector.contoso.com:7443", proxy=address))

    assert hop(step) == "proxy CONNECT"
    assert told in step.says
    assert step.says.isprintable()


@needs_bump
def test_a_proxy_that_opens_tls_is_told_by_the_certificate_that_it_makes(
    collector: Running, state: Path, tmp_path_factory
) -> None:
    """A real one, that makes certificates as it goes."""
    ca = FakeCa("Contoso Inspection CA")
    pem = ca.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + ca.pem
    for one in started(tmp_path_factory.mktemp("inspects"), inspector=pem):
        step = failing(examined(state, collector.addresses["telemetry"], proxy="{}:{}".format(*one.address)))

    assert hop(step) == "TLS with the pinned CA"
    assert "issued by CN=Contoso Inspection CA" in step.says
    assert "TLS is opened on the way" in step.says
    assert "TLS inspection" in step.remedy


def test_a_login_that_others_may_read_is_not_used(state: Path) -> None:
    file = state / "open"
    file.write_text(GOOD_LOGIN)
    file.chmod(0o644)
    with answering(saying(b"HTTP/1.1 200 OK\r\n\r\n")) as address:
        host, _, port = address.partition(":")
        steps = list(
            doctor.way_there(["collector.contoso.com:7443"], Proxy(host=host, port=int(port), credentials=file))
        )

    step = failing({one.step: one for one in steps})
    assert hop(step) == "proxy CONNECT"
    assert "open to its group, every account" in step.says
