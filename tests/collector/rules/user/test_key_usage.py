"""A user's key that may not sign is named."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from farmsight_collector.rules.user.key_usage import RULE
from tests.fakes.pki import ISSUING, Made, found, make, untold
from tests.fakes.users import given, with_user


def made(*, signs: bool | None) -> Made:
    plain = make("Ada", ISSUING, ca=None)
    old = plain.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
    )
    for extension in old.extensions:
        if not isinstance(extension.value, x509.KeyUsage):
            builder = builder.add_extension(extension.value, extension.critical)
    if signs is not None:
        usage = x509.KeyUsage(signs, False, not signs, False, False, False, False, False, False)
        builder = builder.add_extension(usage, critical=True)
    return Made(certificate=builder.sign(ISSUING.key, hashes.SHA256()), key=plain.key)


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
