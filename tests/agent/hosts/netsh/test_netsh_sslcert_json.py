"""`netsh http show sslcert json=enable`: the same bindings, by key and not by place."""

import json

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import sslcert
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2
from tests.fakes import netsh

BINDING = {
    "GuidString": netsh.ADFS,
    "IpPort": "0.0.0.0:443",
    "ConfigType": 1,
    "AppId": netsh.ADFS,
    "SslHash": netsh.THUMBPRINT,
    "SslCertStoreName": "MY",
    "DefaultCertCheckMode": 0,
    "DefaultRevocationFreshnessTime": 0,
    "DefaultRevocationUrlRetrievalTimeout": 15000,
    "DefaultSslCtlIdentifier": None,
    "DefaultSslCtlStoreName": "AdfsTrustedDevices",
    "DefaultFlags": 0,
}


def text(body):
    return Text(name="WAP01_sslcert.txt", text=body)


def values(*bindings, **dumped):
    return sslcert.parse(text(json.dumps({"SslCertificateBindings": bindings}, **dumped))).values


def with_(**changed):
    return {**BINDING, **changed}


def test_a_binding_is_read_by_its_keys():
    [found] = values(BINDING, indent=4)

    assert (found.host, found.port, found.binding_kind) == ("0.0.0.0", 443, facts_pb2.BINDING_KIND_IP)
    assert (found.certificate_sha1, found.application_id, found.store) == (netsh.THUMBPRINT, netsh.ADFS, "MY")
    assert (found.ctl_store, found.url_retrieval_timeout_ms) == ("AdfsTrustedDevices", 15000)
    assert (found.verify_client_revocation, found.usage_check, found.negotiate_client_certificate) == (
        True,
        True,
        False,
    )


def test_keys_in_another_case_and_keys_nobody_knows_change_nothing():
    folded = {name.upper(): value for name, value in with_(Surprise={"a": [1]}).items()}

    assert values(folded) == values(BINDING)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0, (True, False, True)), (1, (False, False, True)), (2, (True, True, True)), (0x10001, (False, False, False))],
)
def test_the_check_mode_is_bits(mode, expected):
    [found] = values(with_(DefaultCertCheckMode=mode))

    assert (found.verify_client_revocation, found.cached_revocation_only, found.usage_check) == expected


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (2, {"negotiate_client_certificate"}),
        (0x40 | 0x400, {"disable_tls13", "disable_legacy_tls"}),
        (0x1000 | 0x4000 | 0x10, {"disable_tls12", "disable_session_id", "disable_http2"}),
    ],
)
def test_the_flags_are_bits(flags, names):
    [found] = values(with_(DefaultFlags=flags))
    booleans = {one.name: value for one, value in found.ListFields() if isinstance(value, bool)}

    checks = {"verify_client_revocation", "usage_check"}
    assert {name for name, value in booleans.items() if value} - checks == names
    assert found.raw_flags == flags


def test_what_is_not_there_is_not_known():
    bare = {name: BINDING[name] for name in ("IpPort", "SslHash", "GuidString")}
    [found] = values(bare)

    assert not found.HasField("usage_check")
    assert not found.HasField("negotiate_client_certificate")
    assert not found.HasField("url_retrieval_timeout_ms")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"IpPort": "[::]:443"}, ("::", 443, facts_pb2.BINDING_KIND_IP)),
        ({"HostnamePort": "sts.contoso.com:49443"}, ("sts.contoso.com", 49443, facts_pb2.BINDING_KIND_SNI)),
        ({"Host": "sts.contoso.com", "Port": 443}, ("sts.contoso.com", 443, facts_pb2.BINDING_KIND_SNI)),
        ({"CcsPort": 443, "SslHash": ""}, ("*", 443, facts_pb2.BINDING_KIND_CCS)),
        ({"HostnamePort": "a.b:443", "SslHash": None}, ("a.b", 443, facts_pb2.BINDING_KIND_SCOPED)),
    ],
)
def test_every_kind_of_place_is_told_by_its_shape(place, expected):
    bare = {name: value for name, value in BINDING.items() if name != "IpPort"}
    [found] = values({**bare, **place})

    assert (found.host, found.port, found.binding_kind) == expected


@pytest.mark.parametrize("sha1", [list(bytes.fromhex(netsh.THUMBPRINT)), netsh.THUMBPRINT.upper(), "47 b9 0e"])
def test_a_hash_may_be_numbers_and_may_not_be_a_piece(sha1):
    if sha1 == "47 b9 0e":
        with pytest.raises(FailedError, match="not-understood"):
            values(with_(SslHash=sha1))
    else:
        assert values(with_(SslHash=sha1))[0].certificate_sha1.lower() == netsh.THUMBPRINT


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"SslCertificateBindings": [{"IpPort": "0.0.0.0', "truncated"),
        ('{"SslCertificateBindings": 3}', "not-understood"),
        ('{"x": {"SslCertificateBindings": []}}', "not-understood"),
        ('{"SslCertificateBindings": [{"GuidString": "x"}]}', "not-understood"),
        ('"SslCertificateBindings"', "not-understood"),
        ('{"SslCertificateBindings": ' + "[" * 100_000, "truncated"),
    ],
    ids=["cut-off", "no-list", "somewhere-within", "no-place", "no-object", "too-deep"],
)
def test_what_is_not_such_an_object_is_refused_with_its_line(body, reason):
    with pytest.raises(FailedError) as caught:
        sslcert.parse(text("C:\\>netsh http show sslcert json=enable\n" + body))

    assert caught.value.reason == reason
    assert caught.value.source.startswith("evidence:WAP01_sslcert.txt:")


def test_a_prompt_around_it_and_lines_that_a_console_broke_are_no_part_of_it():
    body = json.dumps({"SslCertificateBindings": [BINDING]}, indent=4)
    broken = body.replace("AdfsTrusted", "Adfs\nTrusted")
    found = sslcert.parse(text(f"C:\\>netsh http show sslcert json=enable\n\n{broken}\n\nC:\\>"))

    assert found.values == values(BINDING)
    assert found.lines == ("evidence:WAP01_sslcert.txt:5",)
    assert sslcert.likeness(text(body)) is Likeness.CERTAIN


def test_no_binding_at_all_is_an_answer():
    assert values() == ()
