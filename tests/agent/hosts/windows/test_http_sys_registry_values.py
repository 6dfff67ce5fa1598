"""TLS bindings, reservations and the listen list as the registry keeps them."""

import contextlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.windows.http import http_sys_registry_values as kept
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

ADFS = uuid.UUID("5d89a20c-beab-4389-9447-324788eb944a")
SHA1 = bytes(range(20))
SERVER_2022 = 20348


def binding(kind, subkey, **values):
    return kept.binding(kind, subkey, values, SERVER_2022)


@pytest.mark.parametrize(
    ("kind", "subkey", "values", "expected"),
    [
        ("SslBindingInfo", "0.0.0.0:443", {}, ("0.0.0.0", 443)),
        ("SslBindingInfo", "[::]:443", {}, ("::", 443)),
        ("SslSniBindingInfo", "sts.contoso.com:49443", {}, ("sts.contoso.com", 49443)),
        ("SslSniBindingInfo", "{0-0}", {"HostnamePort": "sts.contoso.com:443"}, ("sts.contoso.com", 443)),
        ("SslSniBindingInfo", "0.0.0.0:443:sts.contoso.com", {}, ("sts.contoso.com", 443)),
        ("SslSniBindingInfo", "{1}", {"HostnamePort": "localhost:443\0".encode("utf-16-le")}, ("localhost", 443)),
        ("SslCcsBindingInfo", "443", {}, ("*", 443)),
        ("SslCcsBindingInfo", "0.0.0.0:443", {}, ("*", 443)),
        ("SslCcsBindingInfo", "[::]:443", {}, ("*", 443)),
        ("SslScopedCcsBindingInfo", "www.contoso.com:443", {}, ("www.contoso.com", 443)),
    ],
)
def test_where_a_binding_is(kind, subkey, values, expected):
    found = binding(kind, subkey, **values)

    assert (found.host, found.port) == expected
    assert found.binding_kind == kept.KINDS[kind]
    assert found.data_source == facts_pb2.AGENT_DATA_SOURCE_REGISTRY


@pytest.mark.parametrize("application", [ADFS.bytes_le, str(ADFS), f"{{{ADFS}}}".upper()])
def test_what_a_binding_says(application):
    found = binding(
        "SslSniBindingInfo",
        "sts.contoso.com:49443",
        SslCertHash=SHA1,
        AppId=application,
        SslCertStoreName="MY",
        DefaultSslCertCheckMode=1,
        DefaultSslRevocationFreshnessTime=3600,
        DefaultSslRevocationUrlRetrievalTimeout=15000,
        DefaultSslCtlStoreName="ClientAuthIssuer",
        DefaultFlags=2,
    )

    assert (found.certificate_sha1, found.application_id, found.store) == (SHA1.hex(), f"{{{ADFS}}}", "MY")
    assert (found.verify_client_revocation, found.usage_check, found.negotiate_client_certificate) == (
        False,
        True,
        True,
    )
    assert (found.revocation_freshness_s, found.url_retrieval_timeout_ms) == (3600, 15000)
    assert (found.ctl_store, found.ctl_identifier) == ("ClientAuthIssuer", "")
    assert not found.disable_tls13
    assert not found.HasField("disable_session_id")


def test_what_is_not_written_is_at_its_default():
    found = binding("SslBindingInfo", "0.0.0.0:443", SslCertHash=SHA1)

    assert (found.verify_client_revocation, found.usage_check, found.negotiate_client_certificate) == (
        True,
        True,
        False,
    )
    assert (found.raw_flags, found.raw_check_mode, found.ctl_store) == (0, 0, "")


@pytest.mark.parametrize(
    ("subkey", "values"),
    [
        ("sts.contoso.com", {}),
        ("sts.contoso.com:0", {}),
        ("sts.contoso.com:70000", {}),
        ("0.0.0.0:443", {"SslCertHash": b"\1" * 32}),
        ("0.0.0.0:443", {"SslCertHash": "00112233"}),
        ("0.0.0.0:443", {"AppId": b"\1" * 8}),
        ("0.0.0.0:443", {"AppId": "not a GUID"}),
        ("0.0.0.0:443", {"DefaultFlags": "2"}),
        ("0.0.0.0:443", {"DefaultFlags": 1 << 40}),
    ],
)
def test_what_has_no_such_form_is_refused_by_name(subkey, values):
    with pytest.raises(FailedError) as caught:
        binding("SslBindingInfo", subkey, **values)
    assert subkey in caught.value.detail


def test_a_reservation_names_the_url_whose_descriptor_is_odd():
    with pytest.raises(FailedError, match=r"https://\+:443/adfs/"):
        kept.url_acl("https://+:443/adfs/", b"\1")
    with pytest.raises(FailedError):
        kept.url_acl("https://+:443/adfs/", "D:(A;;GX;;;WD)")


@pytest.mark.parametrize(
    ("data", "expected"),
    [(None, ()), ((), ()), (("10.0.0.5", "", "::1"), ("10.0.0.5", "::1")), ("10.0.0.5", ("10.0.0.5",)), ("", ())],
)
def test_the_listen_list(data, expected):
    assert kept.listen_list(data) == expected


@pytest.mark.parametrize("data", [b"\1\2", 7])
def test_a_listen_list_that_is_no_text_is_not_none(data):
    with pytest.raises(FailedError):
        kept.listen_list(data)


NAMES = ("SslCertHash", "AppId", "SslCertStoreName", "HostnamePort", "DefaultFlags", "DefaultSslCertCheckMode")
VALUES = st.integers() | st.text(max_size=40) | st.binary(max_size=40) | st.tuples(st.text(max_size=5))


@given(
    st.sampled_from(sorted(kept.KINDS)),
    st.text("[]:.{}01a", max_size=20) | st.text(max_size=20),
    st.dictionaries(st.sampled_from(NAMES), VALUES),
)
def test_no_values_make_it_raise_anything_else(kind, subkey, values):
    with contextlib.suppress(FailedError):
        found = kept.binding(kind, subkey, values, SERVER_2022)
        assert found.host
        assert 0 < found.port < 65536
