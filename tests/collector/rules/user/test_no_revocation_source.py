"""A user's certificate of which nobody can learn whether it was revoked is named."""

from farmsight_collector.rules.user.no_revocation_source import RULE
from tests.fakes.pki import ISSUING, ISSUING_URL, found, make, untold
from tests.fakes.users import given, with_user

WITHOUT = make("Ada", ISSUING, ca=None, crls=())
WITH = make("Ada", ISSUING, ca=None, crls=(ISSUING_URL,))


def test_a_certificate_without_any_source_is_named() -> None:
    assert found(RULE, with_user(given(WITHOUT), made=WITHOUT)) == [("CN=Ada", (), (), "warning")]


def test_a_distribution_point_is_enough() -> None:
    world = with_user(given(WITH), made=WITH)

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_without_its_bytes_it_can_not_be_told() -> None:
    world = with_user(given(WITHOUT), made=WITHOUT)
    world.blobs.pop()

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]
