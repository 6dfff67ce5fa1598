"""Several chains lead up: the good one is found whatever else is at hand, and the right fault is told when none is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from farmsight_collector.pki.paths.terms import CRYPTOAPI
from tests.fakes.farms import NOW
from tests.fakes.paths import SERVER, USES, issue, judge, user, verdict

GOOD = ("passes", [])
ROOT, OTHER_ROOT = issue("Root"), issue("Other Root")
ISSUING = issue("Issuing", ROOT)
LEAF = user("alice", ISSUING)

LONG_AGO = {"begins": NOW - timedelta(days=900), "ends": NOW - timedelta(days=1)}
TO_COME = {"begins": NOW + timedelta(days=1), "ends": NOW + timedelta(days=900)}
NO_CA = x509.BasicConstraints(False, None)
GONE = issue("Gone")
NO_ROOM = x509.BasicConstraints(True, 0)


def bad(how: str, of=ISSUING, under=ROOT):
    """Return another certificate of the issuing CA's name and key that no chain can go through."""
    common, key = of.certificate.subject, of.key
    made = {
        "expired": lambda: issue(common, under, key=key, **LONG_AGO),
        "not yet valid": lambda: issue(common, under, key=key, **TO_COME),
        "for servers only": lambda: issue(common, under, SERVER, key=key),
        "no CA": lambda: issue(common, under, key=key, critical=(NO_CA,)),
        "no certificate signing": lambda: issue(common, under, key=key, critical=(USES,)),
        "excluding names": lambda: issue(common, under, key=key, critical=(excluding(),)),
        "critical and unknown": lambda: issue(common, under, unknown(), key=key, critical=(unknown(),)),
        "by nobody": lambda: issue(common, GONE, key=key),
        "forged": lambda: issue(common, under, claimed(under), key=key, signer=issue("Forger").key),
    }
    return made[how]()


def claimed(issuer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def excluding() -> x509.NameConstraints:
    return x509.NameConstraints(None, [x509.DirectoryName(LEAF.certificate.subject)])


def unknown() -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")


BAD = (
    "expired",
    "not yet valid",
    "for servers only",
    "no CA",
    "no certificate signing",
    "excluding names",
    "critical and unknown",
    "by nobody",
    "forged",
)
TOLD = {
    "expired": "not-time-valid",
    "not yet valid": "not-time-valid",
    "for servers only": "usage",
    "no CA": "not-a-ca",
    "no certificate signing": "key-usage",
    "excluding names": "name-constraints",
    "critical and unknown": "critical-extension",
    "by nobody": "issuer-missing",
    "forged": "wrong-signature",
}


@pytest.mark.parametrize("how", BAD)
def test_a_bad_certificate_of_the_same_ca_beside_the_good_one_changes_nothing(how: str) -> None:
    assert verdict(LEAF, bad(how), ISSUING, roots=[ROOT]) == GOOD
    assert verdict(LEAF, ISSUING, bad(how), roots=[ROOT]) == GOOD


@pytest.mark.parametrize("how", BAD)
def test_alone_the_bad_certificate_is_the_reason(how: str) -> None:
    assert verdict(LEAF, bad(how), roots=[ROOT]) == ("fails", [TOLD[how]])


@pytest.mark.parametrize("how", BAD)
@pytest.mark.parametrize("other", BAD)
def test_two_bad_certificates_make_no_good_chain(how: str, other: str) -> None:
    said = judge(LEAF, bad(how), bad(other), roots=[ROOT])

    assert said.verdict.value == "fails"
    assert said.reasons[0].code in {TOLD[how], TOLD[other]}


def test_the_longer_chain_is_taken_where_the_shorter_one_is_bad() -> None:
    """An expired certificate by a trusted root, and a good one by a CA under another."""
    bridge = issue("Bridge", OTHER_ROOT)
    crossed = issue(ISSUING.certificate.subject, bridge, key=ISSUING.key)

    assert verdict(LEAF, bad("expired"), crossed, bridge, roots=[ROOT, OTHER_ROOT]) == GOOD


def test_an_expired_root_that_was_cross_certified_is_passed_by() -> None:
    old = issue("Old Root", **LONG_AGO)
    crossed = issue(old.certificate.subject, ROOT, key=old.key)
    issuing = issue("Issuing 2", old)

    leaf = user("bob", issuing)
    assert verdict(leaf, issuing, crossed, roots=[ROOT, old]) == GOOD
    assert verdict(leaf, issuing, roots=[ROOT, old]) == ("fails", ["not-time-valid"])


def test_two_keys_of_one_name_are_told_apart_by_the_signature_without_any_key_identifier() -> None:
    twin = issue("Issuing", ROOT)
    plain = user("carol", ISSUING, bare=True)

    assert verdict(plain, twin, ISSUING, roots=[ROOT]) == GOOD
    assert verdict(plain, twin, roots=[ROOT]) == ("fails", ["wrong-signature"])


def test_a_wrong_authority_key_identifier_is_a_hint_that_the_signature_overrules() -> None:
    wrong = x509.AuthorityKeyIdentifier(b"\x01" * 20, None, None)

    assert verdict(user("dave", ISSUING, wrong), ISSUING, roots=[ROOT]) == GOOD


def test_cas_that_certify_each_other_end_the_search() -> None:
    one, other = issue("One"), issue("Other")
    loop = [issue("One", other, key=one.key), issue("Other", one, key=other.key)]

    assert verdict(user("erin", one), *loop, roots=[ROOT]) == ("fails", ["loop"])
    way_out = issue("Other", ROOT, key=other.key)
    assert verdict(user("erin", one), *loop, way_out, roots=[ROOT]) == GOOD


def test_a_root_that_nobody_trusts_is_told_as_such() -> None:
    assert verdict(LEAF, ISSUING, ROOT, roots=[OTHER_ROOT]) == ("fails", ["untrusted-root"])


def test_a_leaf_that_is_itself_a_trusted_root_is_a_chain_of_one() -> None:
    own = issue("Self", bare=True)

    assert verdict(own, roots=[own]) == GOOD


@pytest.mark.parametrize(("shortest", "told"), [(1023, GOOD), (1025, ("fails", ["short-key"]))])
def test_rsa_keys_that_are_too_short_are_blocked(shortest: int, told) -> None:
    """The bound is moved in place of the key: keys that Windows blocks are no longer made."""
    weak = issue("Weak", ROOT, key=rsa.generate_private_key(65537, 1024))
    terms = replace(CRYPTOAPI, shortest_rsa=shortest)

    assert verdict(user("frank", weak), weak, roots=[ROOT], terms=terms) == told


def test_a_self_signed_leaf_that_nobody_trusts() -> None:
    assert verdict(issue("Alone", bare=True), roots=[ROOT]) == ("fails", ["untrusted-root"])


def test_path_lengths_count_no_self_issued_certificate() -> None:
    narrow = issue("Narrow", ROOT, critical=(NO_ROOM,))
    again = issue("Narrow", narrow, critical=(NO_ROOM,))
    below = issue("Below", narrow)

    assert verdict(user("heidi", again), again, narrow, roots=[ROOT]) == GOOD
    assert verdict(user("ivan", below), below, narrow, roots=[ROOT]) == ("fails", ["path-length"])
