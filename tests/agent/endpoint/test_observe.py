"""Endpoints looked at as a client meets them, on real listeners."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from farmsight_agent.clock import SystemClock
from farmsight_agent.endpoint.observe import Means, observe
from farmsight_agent.endpoint.target import CERTIFICATE_TRANSPORT, Endpoint, Patience
from farmsight_agent.normalise import name_text
from farmsight_lab.servers.tls import Conduct
from farmsight_wire.v1 import facts_pb2

COMPLETED = facts_pb2.TLS_OUTCOME_COMPLETED


def tls(value: facts_pb2.TlsEndpoint) -> list[str]:
    return [facts_pb2.TlsOutcome.Name(one.outcome).removeprefix("TLS_OUTCOME_") for one in value.handshakes]


def request(value: facts_pb2.TlsEndpoint) -> list[str]:
    prefix = "CLIENT_CERTIFICATE_REQUEST_"
    return [
        facts_pb2.ClientCertificateRequest.Name(one.client_certificate).removeprefix(prefix) for one in value.handshakes
    ]


def http(value: facts_pb2.TlsEndpoint) -> str:
    return facts_pb2.HttpOutcome.Name(value.http).removeprefix("HTTP_OUTCOME_")


def test_a_port_for_certificates_that_is_well(look, pki, names):
    """Both versions, with and without SNI: asked for a certificate of two CAs, and the request waits."""
    value = look(
        asks=True,
        ca_names=names(pki.root, pki.other),
        paths={CERTIFICATE_TRANSPORT: Conduct(does="waits")},
    )

    assert value.tcp == facts_pb2.TCP_OUTCOME_CONNECTED
    assert tls(value) == ["COMPLETED"] * 4
    assert request(value) == ["ASKED"] * 4
    tried = [(one.version_tried, one.with_sni, one.protocol) for one in value.handshakes]
    assert tried == [(v, sni, v) for sni in (True, False) for v in ("TLSv1.2", "TLSv1.3")]
    for one in value.handshakes:
        assert [name.text for name in one.acceptable_cas] == ["CN=Lab Root", "CN=Other Root"]
        assert one.acceptable_cas[0].der == pki.root.certificate.subject.public_bytes()
        assert name_text(one.acceptable_cas[1].der) == "CN=Other Root"
    assert http(value) == "WAITS"
    assert value.waits_as_it_should


def test_the_chain_is_seen_although_it_is_expired_and_unknown(look, pki):
    value = look()

    for one in value.handshakes:
        assert [link.sha1 for link in one.chain] == [pki.server.sha1, pki.root.sha1]


def test_an_empty_list_of_names_is_still_a_request(look):
    """Windows sends no names by default; that is not the same as not asking."""
    value = look(asks=True)

    assert request(value) == ["ASKED"] * 4
    assert not any(one.acceptable_cas for one in value.handshakes)


def test_a_port_that_does_not_ask(look, pki):
    assert request(look()) == ["NOT_ASKED"] * 4


def test_a_server_that_asks_only_after_the_request(look, pki, names):
    """http.sys without "negotiate client certificate" asks by renegotiation, which TLS 1.3 does not have."""
    waits = {CERTIFICATE_TRANSPORT: Conduct(does="waits")}
    value = look(asks_late=True, ca_names=names(pki.root), paths=waits)

    assert request(value) == ["NOT_ASKED"] * 4 + ["ASKED"]
    late = value.handshakes[4]
    assert (late.version_tried, late.with_sni) == ("TLSv1.2", True)
    assert [name.text for name in late.acceptable_cas] == ["CN=Lab Root"]
    assert value.waits_as_it_should


def test_a_port_that_requires_a_certificate(look, pki, names):
    """The names are seen although the handshake is refused; with TLS 1.3 the refusal comes after it."""
    value = look(requires=True, ca_names=names(pki.root))

    assert request(value) == ["REQUIRED"] * 4
    assert all([name.text for name in one.acceptable_cas] == ["CN=Lab Root"] for one in value.handshakes)
    assert value.handshakes[1].alert == 116
    assert value.handshakes[0].alert == 40
    assert tls(value)[0] == "ALERT"
    assert http(value) == "TLS_ALERT"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_version_that_is_off_is_refused_with_an_alert(look, version):
    value = look(versions=(version,))

    by_version = {one.version_tried: one for one in value.handshakes if one.with_sni}
    other = {"TLSv1.2": "TLSv1.3", "TLSv1.3": "TLSv1.2"}[version]
    assert by_version[version].outcome == COMPLETED
    assert by_version[other].outcome == facts_pb2.TLS_OUTCOME_ALERT
    assert by_version[other].alert == 70  # protocol_version


def test_a_binding_by_name_alone_resets_those_who_come_without(look):
    """http.sys without a fallback binding resets load balancers that send no SNI."""
    value = look(sni_only=("sts.contoso.com",))

    assert tls(value) == ["COMPLETED", "COMPLETED", "RESET", "RESET"]
    assert http(value) == "ANSWERED"


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("resets", "RESET"),
        ("closes", "CLOSED"),
        ("silent", "TIMED_OUT"),
        ("not-tls", "NOT_TLS"),
        ("alert", "ALERT"),
    ],
)
def test_a_listener_without_a_binding_is_told(look, act, expected):
    value = look(before_tls=act, alert=112)

    assert tls(value) == [expected] * 4
    assert request(value) == ["UNKNOWN"] * 4
    assert http(value) == "NOT_TRIED"
    assert value.handshakes[0].alert == (112 if act == "alert" else 0)


@pytest.mark.parametrize(
    ("conduct", "expected", "status"),
    [
        (Conduct(status=200), "ANSWERED", 200),
        (Conduct(status=404), "ANSWERED", 404),
        (Conduct(status=503), "ANSWERED", 503),
        (Conduct(does="resets"), "RESET", 0),
        (Conduct(does="closes"), "CLOSED", 0),
        (Conduct(does="babbles"), "NOT_HTTP", 0),
    ],
)
def test_what_comes_of_the_request_is_told_apart(look, conduct, expected, status):
    value = look(asks=True, otherwise=conduct)

    assert (http(value), value.http_status) == (expected, status)
    assert not value.waits_as_it_should
    if expected == "ANSWERED":
        assert value.server_header == "Microsoft-HTTPAPI/2.0"


def test_the_plain_probe_of_load_balancers(look):
    value = look(port=80, plain=True, paths={"/adfs/probe": Conduct(status=200)})

    assert value.plain_http
    assert (http(value), value.http_status) == ("ANSWERED", 200)
    assert not value.handshakes


def means(**connect_to: str) -> Means:
    patience = Patience(timeout_s=0.4, wait_s=0.3)
    to = {f"sts.test:{port.removeprefix('p')}": where for port, where in connect_to.items()}
    return Means(
        clock=SystemClock(), patience=patience, keep=lambda _: b"", connect_to=to, trials=ThreadPoolExecutor(4)
    )


def seen(endpoint: Endpoint, by: Means) -> list[facts_pb2.TlsEndpoint]:
    return [fact.tls_endpoint for fact, _ in observe(endpoint, by)]


def test_a_port_that_nobody_listens_on_and_one_without_a_way_to_it(pki):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    by = means(p49443=f"127.0.0.1:{port}", p443="255.255.255.255:443")
    refused = seen(Endpoint(name="sts.test", port=49443, path="/"), by)[0]
    unreachable = seen(Endpoint(name="sts.test", port=443, path="/"), by)[0]

    assert refused.tcp == facts_pb2.TCP_OUTCOME_REFUSED
    assert unreachable.tcp == facts_pb2.TCP_OUTCOME_UNREACHABLE
    assert http(refused) == "NOT_TRIED"


def test_a_name_that_does_not_resolve_and_the_own_listener():
    """The name leads nowhere, yet this server's own listener is looked at under it."""
    endpoint = Endpoint(name="nowhere.invalid", port=1, path="/", own_addresses=("127.0.0.1",))

    nowhere, own = seen(endpoint, means())

    assert nowhere.tcp == facts_pb2.TCP_OUTCOME_NAME_NOT_RESOLVED
    assert (own.address, own.tcp) == ("127.0.0.1", facts_pb2.TCP_OUTCOME_REFUSED)
