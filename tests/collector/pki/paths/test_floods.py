"""Certificates made to cost time: the answer comes within bounds, and says so where it was not reached."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from farmsight_collector.pki import certificates
from tests.fakes.farms import NOW
from tests.fakes.paths import Made, alternative, issue, judge, name, user, verdict
from tests.fakes.raw_certificates import SEQUENCE, tlv

GOOD = ("passes", [])
ROOT = issue("Root")
KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(20)]
LONG = 8.0  # seconds: four times what is promised, for machines with other work


@contextmanager
def promptly(*read: Made) -> Iterator[None]:
    """Fail when what is asked takes long, the reading of the certificates left out."""
    for one in read:
        assert one.read
    certificates.forget_signatures()
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONG


@pytest.fixture(scope="module")
def namesakes() -> list[Made]:
    """4,000 CAs of one name, each with a key of its own."""
    return [issue("Same", ROOT) for _ in range(4000)]


def test_among_thousands_of_one_name_the_key_identifier_finds_the_issuer(namesakes: list[Made]) -> None:
    leaf = user("alice", namesakes[-1])

    with promptly(leaf, *namesakes):
        assert verdict(leaf, *namesakes, roots=[ROOT]) == GOOD


def test_without_the_issuer_among_them_the_search_says_that_it_stopped(namesakes: list[Made]) -> None:
    leaf = user("alice", issue("Same", ROOT))

    with promptly(leaf, *namesakes):
        said = judge(leaf, *namesakes, roots=[ROOT])
    assert said.verdict.value == "unknown"
    assert "signatures were checked" in said.stopped


def test_a_ca_certified_thousands_of_times_takes_one_check_of_its_key() -> None:
    again = [issue("Same", ROOT, key=KEYS[0], serial=number + 1) for number in range(4000)]
    leaf = user("alice", again[0])

    with promptly(leaf, *again):
        assert verdict(leaf, *again, roots=[ROOT]) == GOOD


def test_thousands_of_roots_of_one_key_end_in_as_many_chains_as_are_told() -> None:
    roots = [issue("Root", key=ROOT.key, serial=number + 1) for number in range(4000)]
    leaf = user("alice", ROOT)

    with promptly(leaf, *roots):
        assert verdict(leaf, roots=roots) == GOOD


def test_keys_whose_signatures_take_long_to_check_are_checked_less_often() -> None:
    """Three thousand signatures by keys of 3,072 bits with exponents as long would take fifteen seconds."""
    modulus = rsa.generate_private_key(65537, 3072).public_key().public_numbers().n
    slow = [_with_key(rsa.RSAPublicNumbers(modulus - 2, modulus + 2 * n).public_key()) for n in range(2000)]
    honest = issue("Slow", ROOT, key=rsa.generate_private_key(65537, 3072))
    leaf = user("alice", honest, bare=True)

    with promptly(leaf, *slow):
        said = judge(leaf, *slow, roots=[ROOT])
    assert said.verdict.value == "unknown"
    assert said.stopped


def _with_key(key: rsa.RSAPublicKey) -> Made:
    builder = x509.CertificateBuilder().subject_name(name("Slow")).issuer_name(name("Root")).public_key(key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW).not_valid_after(NOW)
    return Made(builder.sign(ROOT.key, hashes.SHA256()), ROOT.key)


@pytest.mark.parametrize(("length", "told"), [(18, "passes"), (19, "unknown"), (300, "unknown")])
def test_chains_are_followed_for_twenty_certificates(length: int, told: str) -> None:
    above, held = ROOT, []
    for number in range(length):
        above = issue(f"CA {number}", above)
        held.append(above)
    said = judge(user("alice", above), *held, roots=[ROOT])

    assert said.verdict.value == told
    assert bool(said.stopped) is (told == "unknown")


@pytest.mark.parametrize("cas", [1, 18])
def test_name_constraints_by_the_thousand_are_left_undecided(cas: int) -> None:
    subtrees = [x509.DNSName(f"h{number}.example") for number in range(3000)]
    above, held = ROOT, []
    for number in range(cas):
        above = issue(f"CA {number}", above, critical=(x509.NameConstraints(None, subtrees),))
        held.append(above)
    leaf = user("alice", above, alternative(*[x509.DNSName(f"x{n}.y.example") for n in range(300)]))

    with promptly(leaf, *held):
        told, codes = verdict(leaf, *held, roots=[ROOT])
    assert (told, set(codes)) == ("unknown", {"name-constraints"})


@pytest.mark.parametrize(("policies", "told"), [(20, GOOD), (200, ("unknown", ["policies"]))])
def test_mappings_of_every_policy_to_every_other_are_followed_within_bounds(policies: int, told) -> None:
    """What RFC 9618 calls a bomb for the tree of RFC 5280."""
    oids = [x509.ObjectIdentifier(f"1.2.{number // 40}.{number % 40}") for number in range(policies)]
    listed = x509.CertificatePolicies([x509.PolicyInformation(oid, None) for oid in oids])
    encoded = [tlv(0x06, bytes([0x2A, number // 40, number % 40])) for number in range(policies)]
    pairs = [tlv(SEQUENCE, one, other) for one in encoded for other in encoded]
    mapped = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), tlv(SEQUENCE, *pairs))
    above, held = ROOT, []
    for number in range(8):
        above = issue(f"CA {number}", above, listed, mapped, x509.PolicyConstraints(0, None), key=KEYS[number])
        held.append(above)
    leaf = user("alice", above, listed)

    with promptly(leaf, *held):
        assert verdict(leaf, *held, roots=[ROOT]) == told
