"""store.client-auth-issuers-differ."""

from farmsight_collector.rules.store.client_auth_issuers_differ import RULE
from tests.fakes.pki import ISSUING, World, found, stored, untold

HELD = stored("ClientAuthIssuer", ISSUING)


def test_the_wap_that_announces_less_is_named() -> None:
    assert found(RULE, World().put("WAP01", HELD)) == [(ISSUING.subject, ("WAP02",), (), "warning")]


def test_equal_within_each_role_is_well() -> None:
    assert found(RULE, World().put_all(HELD, role="wap")) == []


def test_a_store_that_is_not_known_is_not_compared() -> None:
    world = World().put("WAP01", HELD).blinded("WAP02", "certificate-stores", "ClientAuthIssuer")

    assert found(RULE, world) == []
    assert ("WAP02", None) in untold(RULE, world)
