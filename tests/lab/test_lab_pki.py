"""The lab's PKI is one that real software takes."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from farmsight_lab.farm.web import base_plan, delta_plan
from farmsight_lab.pki.certificates import UPN
from farmsight_lab.pki.crls import NEXT_PUBLISH, CrlPlan, sign_crl
from farmsight_lab.pki.hierarchy import load_or_make, make

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def pki():
    return make(NOW)


@pytest.mark.parametrize(
    ("name", "issuer"),
    [
        ("policy", "root"),
        ("issuing-1", "policy"),
        ("issuing-2", "policy"),
        ("server-ca", "root"),
        ("user-alice", "issuing-1"),
        ("user-bob", "issuing-2"),
        ("farm-tls", "server-ca"),
    ],
)
def test_each_certificate_is_signed_by_the_one_above_it(pki, name, issuer):
    pki[name].certificate.verify_directly_issued_by(pki[issuer].certificate)


def test_one_issuing_ca_is_rsa_and_one_is_ec(pki):
    assert isinstance(pki["issuing-1"].key, rsa.RSAPrivateKey)
    assert isinstance(pki["issuing-2"].key, ec.EllipticCurvePrivateKey)


def test_a_user_has_a_upn_and_a_mail_address(pki):
    names = pki["user-alice"].certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    (upn,) = names.get_values_for_type(x509.OtherName)
    assert upn.type_id == UPN
    assert upn.value == b"\x0c\x12alice@contoso.test"
    assert names.get_values_for_type(x509.RFC822Name) == ["alice@contoso.test"]


def test_a_base_crl_points_to_its_delta_and_says_when_the_next_one_comes(pki):
    crl = x509.load_der_x509_crl(sign_crl(pki["issuing-1"], base_plan("issuing-1"), NOW))

    assert crl.is_signature_valid(pki["issuing-1"].certificate.public_key())
    freshest = crl.extensions.get_extension_for_class(x509.FreshestCRL).value
    assert freshest[0].full_name[0].value == "http://pki.contoso.test/cdp/ContosoIssuingCA1+.crl"
    assert crl.extensions.get_extension_for_oid(NEXT_PUBLISH).value.value[0] == 0x17


def test_a_delta_crl_names_its_base_critically(pki):
    crl = x509.load_der_x509_crl(sign_crl(pki["issuing-2"], delta_plan("issuing-2"), NOW))

    indicator = crl.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    assert indicator.critical
    assert indicator.value.crl_number == base_plan("issuing-2").number


def test_a_crl_may_list_certificates(pki):
    crl = x509.load_der_x509_crl(sign_crl(pki["policy"], CrlPlan(number=9, revoked=(77,)), NOW))

    assert crl.get_revoked_certificate_by_serial_number(77) is not None


def test_the_hierarchy_is_made_once_and_kept(tmp_path):
    first = load_or_make(tmp_path, NOW)
    second = load_or_make(tmp_path, NOW)

    assert [second[name].der for name in second.names] == [first[name].der for name in first.names]


def test_what_is_about_to_end_is_made_anew(tmp_path):
    first = load_or_make(tmp_path, NOW)
    later = load_or_make(tmp_path, NOW + timedelta(days=14))

    assert later["root"].der != first["root"].der


def test_a_damaged_folder_is_made_anew(tmp_path):
    load_or_make(tmp_path, NOW)
    (tmp_path / "root.key").write_text("no key", encoding="ascii")

    assert load_or_make(tmp_path, NOW)["root"].certificate


def test_a_seed_gives_the_same_hierarchy_and_the_same_crls_each_time():
    first, second, other = make(NOW, 7), make(NOW, 7), make(NOW, 8)

    assert [second[name].der for name in second.names] == [first[name].der for name in first.names]
    assert not {first[name].der for name in first.names} & {other[name].der for name in other.names}
    for ca in ("root", "issuing-1"):
        assert sign_crl(first[ca], base_plan(ca), NOW) == sign_crl(second[ca], base_plan(ca), NOW)


def test_seeded_keys_are_good_keys():
    pki = make(NOW, 7)

    key = pki["issuing-1"].key
    assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65537)
    pki["user-alice"].certificate.verify_directly_issued_by(pki["issuing-1"].certificate)
