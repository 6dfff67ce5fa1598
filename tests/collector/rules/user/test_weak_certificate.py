"""A user's certificate with a weak signature or a short key is named, with what is weak."""

import pytest

from farmsight_collector.rules.user.weak_certificate import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, found, judged, make, untold
from tests.fakes.users import given, with_user

MADE = make("Ada", ISSUING, ca=None)
SHA1, SHA256 = "1.2.840.113549.1.1.5", "1.2.840.113549.1.1.11"


def handed_in(algorithm: str = SHA256, bits: int = 2048, kind: str = "RSA") -> facts_pb2.Fact:
    one = given(MADE)
    own = one.given_certificate.certificate
    own.signature_algorithm, own.public_key_bits, own.public_key_algorithm = algorithm, bits, kind
    return one


@pytest.mark.parametrize(
    ("algorithm", "bits", "entries", "severity"),
    [
        (SHA1, 2048, ("CHAIN-01",), "warning"),
        (SHA256, 1024, ("CHAIN-02",), "warning"),
        (SHA256, 1023, ("CHAIN-02",), "error"),
        (SHA1, 1024, ("CHAIN-01", "CHAIN-02"), "warning"),
    ],
)
def test_what_is_weak_is_named(algorithm: str, bits: int, entries: tuple[str, ...], severity: str) -> None:
    world = with_user(handed_in(algorithm, bits), made=MADE)

    assert found(RULE, world) == [("CN=Ada", (), (), severity)]
    (said,) = judged(RULE, world).findings
    assert said.catalogue == entries
    assert bool(said.limit_used) == ("CHAIN-02" in entries)


def test_a_sound_certificate_and_a_short_key_of_another_kind_are_right() -> None:
    for one in (handed_in(), handed_in(bits=256, kind="EC")):
        world = with_user(one, made=MADE)

        assert found(RULE, world) == []
        assert untold(RULE, world) == []


def test_without_a_word_on_its_signature_it_can_not_be_told() -> None:
    world = with_user(handed_in(""), made=MADE)
    world.blobs.pop()

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]
