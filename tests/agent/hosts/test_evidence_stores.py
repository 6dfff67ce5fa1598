"""Exported certificate stores: what is taken, what is refused, what stays unknown."""

import base64
import contextlib
import hashlib
import json
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.evidence.stores import exported as exported_store
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE, KEY, SHA1, certificate, crl, pem, private_key_pem

ROOT_CA, CRL = certificate("Contoso Root"), crl("Contoso Root")


def sst(*elements):
    records = b"".join(struct.pack("<III", kind, 1, len(data)) + data for kind, data in elements)
    return b"\0\0\0\0CERT" + records + bytes(12)


@pytest.fixture
def host(tmp_path):
    def write(**files):
        for name, data in files.items():
            store, _, ending = name.rpartition("_")
            path = tmp_path / f"WAP01_store_{store}.{ending}"
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return EvidenceHost(tmp_path, "WAP01")

    return write


def test_pem_files_keep_their_lines(host):
    seen = host(root_pem=f"Root:\n{pem(ROOT_CA)}{pem(CERTIFICATE)}{pem(CRL, 'X509 CRL')}").store_certificates("ROOT")

    assert [one.der for one in seen.values] == [ROOT_CA, CERTIFICATE]
    assert seen.lines[0] == "evidence:WAP01_store_root.pem:2"
    assert seen.values[0].message.origin == facts_pb2.STORE_ORIGIN_UNKNOWN


def test_a_crl_in_the_same_file_is_a_crl(host):
    [found] = host(ca_pem=pem(CERTIFICATE) + pem(CRL, "X509 CRL")).store_crls("CA").values

    assert (found.der, found.message.sha1) == (CRL, hashlib.sha1(CRL).hexdigest())


@pytest.mark.parametrize("armoured", [False, True])
def test_pkcs_7_files_hold_certificates(host, armoured):
    both = [x509.load_der_x509_certificate(der) for der in (ROOT_CA, CERTIFICATE)]
    encoding = serialization.Encoding.PEM if armoured else serialization.Encoding.DER
    seen = host(root_p7b=pkcs7.serialize_certificates(both, encoding)).store_certificates("ROOT")

    assert {one.der for one in seen.values} == {ROOT_CA, CERTIFICATE}


@pytest.mark.parametrize("data", [CERTIFICATE, base64.b64encode(CERTIFICATE), pem(CERTIFICATE)])
def test_a_single_certificate_in_any_dress(host, data):
    [found] = host(my_cer=data).store_certificates("MY").values

    assert found.message.certificate.sha1 == SHA1


def test_a_serialised_store_tells_names_and_keys(host):
    name = "Token signing\0".encode("utf-16-le")
    data = sst((11, name), (2, b"provider"), (32, CERTIFICATE), (33, CRL), (32, ROOT_CA))
    seen = host(my_sst=data).store_certificates("MY")
    first, second = (one.message for one in seen.values)

    assert (first.friendly_name, first.has_private_key) == ("Token signing", facts_pb2.TRISTATE_YES)
    assert (second.friendly_name, second.has_private_key) == ("", facts_pb2.TRISTATE_NO)


@pytest.mark.parametrize(
    "data",
    [
        pem(CERTIFICATE) + private_key_pem(),
        KEY.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        pkcs12.serialize_key_and_certificates(
            b"x", KEY, x509.load_der_x509_certificate(certificate("x")), None, serialization.NoEncryption()
        ),
    ],
    ids=["pem", "pkcs8", "pkcs12"],
)
def test_a_file_with_a_private_key_is_refused_whole(host, data):
    """Nothing of it is kept, and the report says which file and line to clean up."""
    with pytest.raises(UnavailableError) as caught:
        host(my_pem=data).store_certificates("MY")

    assert caught.value.reason == "private-key-in-file"
    assert caught.value.source.startswith("evidence:WAP01_store_my.pem:")
    assert "BEGIN" not in caught.value.detail


def test_a_certificate_that_does_not_parse_is_kept_by_its_thumbprint(host):
    broken = CERTIFICATE[:40] + b"\xff" * 20 + CERTIFICATE[60:]
    [found] = host(ca_pem=pem(broken)).store_certificates("CA").values

    assert found.message.certificate.sha1 == hashlib.sha1(broken).hexdigest()


@pytest.mark.parametrize(
    "data",
    ["no certificates here\n", "-----BEGIN CERTIFICATE-----\nMIIB", sst((32, CERTIFICATE))[:90], b"\x00" * 50],
    ids=["text", "half a PEM", "half an SST", "zeros"],
)
def test_a_file_cut_off_or_of_another_kind_leaves_the_store_unknown(host, data):
    with pytest.raises(FailedError, match="not-understood"):
        host(root_pem=data).store_certificates("ROOT")


SERVER_AUTH = bytes.fromhex("300a06082b06010505070301")


def test_a_serialised_store_tells_what_each_copy_may_be_used_for(host):
    data = sst((9, SERVER_AUTH), (32, CERTIFICATE), (32, ROOT_CA))
    narrow, free = (one.message for one in host(ca_sst=data).store_certificates("CA").values)

    assert (narrow.usages_restricted, list(narrow.allowed_usages)) == (facts_pb2.TRISTATE_YES, ["1.3.6.1.5.5.7.3.1"])
    assert (free.usages_restricted, list(free.allowed_usages)) == (facts_pb2.TRISTATE_NO, [])
    [bare] = host(my_pem=pem(CERTIFICATE)).store_certificates("MY").values
    assert bare.message.usages_restricted == facts_pb2.TRISTATE_UNSPECIFIED  # no file of certificates alone shows it


@pytest.mark.parametrize(
    ("shown", "restricted", "allowed"),
    [
        (base64.b64encode(SERVER_AUTH).decode(), facts_pb2.TRISTATE_YES, ["1.3.6.1.5.5.7.3.1"]),
        ("MAA=", facts_pb2.TRISTATE_YES, []),
        ("", facts_pb2.TRISTATE_NO, []),
        (None, facts_pb2.TRISTATE_UNSPECIFIED, []),
        ("no base64!", facts_pb2.TRISTATE_UNSPECIFIED, []),
    ],
)
def test_the_script_tells_what_each_copy_may_be_used_for(host, tmp_path, shown, restricted, allowed):
    row = {"Store": "CA", "RawData": base64.b64encode(CERTIFICATE).decode(), "UsageProperty": shown}
    (tmp_path / "WAP01_host.json").write_text(json.dumps({"Stores": ["CA"], "Certificates": [row]}))
    [found] = host().store_certificates("CA").values

    assert (found.message.usages_restricted, list(found.message.allowed_usages)) == (restricted, allowed)


def test_an_empty_export_is_an_empty_store(host):
    assert host(root_pem="").store_certificates("ROOT").values == ()


def test_stores_that_every_server_has_are_unknown_where_no_file_speaks_of_them(host):
    evidence = host(root_pem=pem(ROOT_CA), AdfsTrustedDevices_pem="")

    assert evidence.store_names().values == ("ROOT", "CA", "MY", "AdfsTrustedDevices")
    with pytest.raises(UnavailableError, match=r"WAP01_store_my\.txt"):
        evidence.store_certificates("MY")


def test_the_script_s_listing_and_an_export_are_read_together(host, tmp_path):
    listed = {
        "Stores": ["ROOT", "Disallowed"],
        "Certificates": [
            {
                "Store": "Root",
                "Origin": ".GroupPolicy",
                "RawData": base64.b64encode(CERTIFICATE).decode(),
                "HasPrivateKey": False,
            }
        ],
        "Crls": {"Store": "CA", "Origin": "Registry", "RawData": base64.b64encode(CRL).decode()},
    }
    (tmp_path / "WAP01_host.json").write_text(json.dumps(listed))
    evidence = host(root_pem=pem(ROOT_CA))
    seen = {one.message.certificate.sha1: one.message for one in evidence.store_certificates("ROOT").values}

    assert len(seen) == 2
    assert seen[SHA1].origin == facts_pb2.STORE_ORIGIN_GROUP_POLICY
    assert evidence.store_certificates("DISALLOWED").values == ()
    assert len(evidence.store_crls("CA").values) == 1


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\0\0\0\0CERT", b"-----BEGIN CERTIFICATE-----\n", CERTIFICATE[:60]])
)
def test_no_bytes_make_the_reader_fail_in_any_other_way(data, start):
    with contextlib.suppress(NotObservedError):
        exported_store.read("x", start + data)
