"""Constraints, usages, anchors, keys and policies along a chain: by RFC 5280 4.2.1 and 6.1, and as Windows differs."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from farmsight_collector.pki.paths.terms import RFC_5280
from tests.fakes.farms import NOW
from tests.fakes.paths import CLIENT, SERVER, SIGNS, USES, Made, issue, name, user, verdict

GOOD = ("passes", [])
ROOT = issue("Root")
ISSUING = issue("Issuing", ROOT)
CA, NO_CA = x509.BasicConstraints(True, None), x509.BasicConstraints(False, None)
LAST = x509.BasicConstraints(True, 0)
DAY = timedelta(days=1)
ANY = "2.5.29.32.0"
EXPLICIT = x509.PolicyConstraints(0, None)


def under(ca: Made, *held: Made, roots=(ROOT,), **options):
    return verdict(user("alice", ca), ca, *held, roots=roots, **options)


@pytest.mark.parametrize(
    ("extensions", "told"),
    [
        ((CA, SIGNS), GOOD),
        ((CA,), GOOD),
        ((SIGNS,), ("fails", ["not-a-ca"])),
        ((CA, USES), ("fails", ["key-usage"])),
        ((CA, SIGNS, SERVER), ("fails", ["usage"])),
    ],
    ids=["not critical", "no key usage", "no basic constraints", "may not sign", "for servers"],
)
def test_what_makes_a_ca_one(extensions, told) -> None:
    assert under(issue("CA", ROOT, *extensions, bare=True)) == told


@pytest.mark.parametrize(
    ("root", "told"),
    [
        (issue("Own", None, SIGNS, bare=True), GOOD),
        (issue("Own", critical=(NO_CA,)), ("fails", ["not-a-ca"])),
        (issue("Own", critical=(USES,)), ("fails", ["key-usage"])),
        (issue("Own", None, SERVER), ("fails", ["usage"])),
        (issue("Own", ends=NOW - DAY), ("fails", ["not-time-valid"])),
        (issue("Own", begins=NOW + DAY), ("fails", ["not-time-valid"])),
    ],
    ids=["no basic constraints", "no CA", "may not sign", "for servers", "expired", "not yet valid"],
)
def test_windows_judges_a_root_as_any_certificate_and_the_rfc_takes_its_key_alone(root: Made, told) -> None:
    """wincrypt.h, CERT_TRUST_STATUS is kept for each element; RFC 5280 6.1.1 (d)."""
    leaf = user("alice", root)

    assert verdict(leaf, roots=[root]) == told
    assert verdict(leaf, roots=[root], terms=RFC_5280) == GOOD


def test_path_lengths_count_intermediates_and_never_the_last_certificate() -> None:
    narrow = issue("Narrow", ROOT, critical=(LAST,))
    one = issue("One", narrow)

    assert under(narrow) == GOOD
    assert verdict(issue("CA at the end", narrow, CLIENT), narrow, roots=[ROOT]) == GOOD
    assert under(one, narrow) == ("fails", ["path-length"])
    strict = issue("Strict", critical=(LAST,))
    assert under(issue("Sub", strict), roots=[strict]) == ("fails", ["path-length"])


@pytest.mark.parametrize(
    ("usages", "told"),
    [
        ([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE], GOOD),
        ([ExtendedKeyUsageOID.SMARTCARD_LOGON], ("fails", ["usage"])),
        ([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], GOOD),
    ],
)
def test_a_users_usages_critical_or_not(usages, told) -> None:
    made = x509.ExtendedKeyUsage(usages)

    assert verdict(user("alice", ISSUING, made), ISSUING, roots=[ROOT]) == told
    assert verdict(issue("alice", ISSUING, critical=(NO_CA, made)), ISSUING, roots=[ROOT]) == told


def test_a_user_without_any_usages_may_do_everything() -> None:
    assert verdict(issue("alice", ISSUING, NO_CA, USES, bare=True), ISSUING, roots=[ROOT]) == GOOD


def test_issuer_and_serial_in_the_authority_key_identifier_are_a_hint_too() -> None:
    wrong = x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(name("Root"))], 12345)

    assert verdict(user("alice", ISSUING, wrong), ISSUING, roots=[ROOT]) == GOOD


def test_one_key_under_two_names_is_two_cas() -> None:
    other = issue("Other name", ROOT, key=ISSUING.key)

    assert verdict(user("alice", ISSUING), other, roots=[ROOT]) == ("fails", ["issuer-missing"])


def test_of_several_anchors_any_good_one_will_do() -> None:
    other = issue("Other Root")
    crossed = issue("Root", other, key=ROOT.key)
    old = issue("Root", key=ROOT.key, ends=NOW - DAY)

    assert under(ISSUING, crossed, roots=[other]) == GOOD
    assert under(ISSUING, roots=[old, ROOT]) == GOOD
    assert under(ISSUING, roots=[old]) == ("fails", ["not-time-valid"])
    assert under(ISSUING, crossed, roots=[old, other]) == GOOD


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1(), ec.BrainpoolP384R1()])
@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_cas_on_other_curves_and_with_other_digests(curve, digest) -> None:
    ca = issue("Curved", ROOT, key=ec.generate_private_key(curve))

    assert verdict(user("alice", ca, digest=digest), ca, roots=[ROOT]) == GOOD


@pytest.mark.parametrize(("digest", "salt"), [(hashes.SHA256(), 32), (hashes.SHA512(), 20), (hashes.SHA384(), 0)])
def test_rsa_pss_with_any_salt(digest, salt: int) -> None:
    """RFC 4055 3.1."""
    root = issue("PSS", key=rsa.generate_private_key(65537, 2048))
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder().subject_name(name("alice")).issuer_name(name("PSS")).public_key(key.public_key())
    )
    builder = (
        builder.serial_number(7).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY).add_extension(CLIENT, False)
    )
    how = padding.PSS(padding.MGF1(digest), salt)

    assert verdict(Made(builder.sign(root.key, digest, rsa_padding=how), key), roots=[root]) == GOOD


def policies(*oids: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(one), None) for one in oids])


MAPS = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), bytes.fromhex("300a300806022a0306022a04"))


@pytest.mark.parametrize(
    ("ca", "critical", "leaf", "good"),
    [
        ([policies("1.2.3")], [EXPLICIT], [policies("1.2.3")], True),
        ([policies("1.2.3")], [EXPLICIT], [policies("1.2.4")], False),
        ([policies("1.2.3")], [EXPLICIT], [], False),
        ([policies(ANY)], [EXPLICIT], [policies("1.2.4")], True),
        ([policies("1.2.3")], [EXPLICIT], [policies(ANY)], True),
        ([policies("1.2.3")], [EXPLICIT, x509.InhibitAnyPolicy(0)], [policies(ANY)], False),
        ([], [x509.PolicyConstraints(5, None)], [], True),
        ([], [], [EXPLICIT], False),
        ([policies("1.2.3"), MAPS], [EXPLICIT], [policies("1.2.4")], True),
        ([policies("1.2.3"), MAPS], [EXPLICIT], [policies("1.2.3")], False),
        ([policies("1.2.3"), MAPS], [x509.PolicyConstraints(None, 0)], [policies("1.2.4")], True),
    ],
)
def test_policies_that_a_ca_wants_explicit(ca, critical, leaf, good: bool) -> None:
    """RFC 5280 6.1.3 (d) to 6.1.5 (g); mapping is from 1.2.3 to 1.2.4."""
    issuing = issue("Wanting", ROOT, *ca, critical=tuple(critical))
    told = verdict(user("alice", issuing, *leaf), issuing, roots=[ROOT])

    assert told == (GOOD if good else ("fails", ["policies"]))
