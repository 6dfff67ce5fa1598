"""A user's key that may not sign is named."""

from cryptography import x509

from farmsight_collector.rules.user.key_usage import RULE
from tests.fakes.pki import ISSUING, Made, extended, found, make, untold
from tests.fakes.users import given, with_user


def made(*, signs: bool | None) -> Made:
    plain = make("Ada", ISSUING, ca=None)
    usages = [] if signs is None else [x509.KeyUsage(signs, False, not signs, False, False, False, False, False, False)]
    return extended(plain, ISSUING, *usages, without=(x509.KeyUsage,))


def test_a_key_for_encryption_only_is_found() -> None:
    one = made(signs=False)

    assert found(RULE, with_user(given(one), made=one)) == [("CN=Ada", (), (), "warning")]


def test_a_key_that_signs_or_is_not_restricted_is_right() -> None:
    for signs in (True, None):
        one = made(signs=signs)
        world = with_user(given(one), made=one)

        assert found(RULE, world) == []
        assert untold(RULE, world) == []


def test_without_its_bytes_it_can_not_be_told() -> None:
    one = made(signs=False)
    world = with_user(given(one), made=one)
    world.blobs.pop()

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]
