"""store.ca-in-account-store."""

import pytest

from farmsight_collector.rules.store.ca_in_account_store import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, PUBLIC, ROOT, Made, World, found, judged, stored, untold

USER, SERVICE = facts_pb2.STORE_LOCATION_USER, facts_pb2.STORE_LOCATION_SERVICE


def in_account(store: str, made: Made, location: facts_pb2.StoreLocation.ValueType = USER) -> facts_pb2.Fact:
    one = stored(store, made)
    one.store_certificate.location = location
    one.store_certificate.account = "CONTOSO\\admin"
    return one


@pytest.mark.parametrize("location", [USER, SERVICE])
def test_a_ca_that_only_an_accounts_store_holds_is_named_on_that_server(
    location: facts_pb2.StoreLocation.ValueType,
) -> None:
    world = World().take("WAP01", f"CA/{ISSUING.sha1}").put("WAP01", in_account("CA", ISSUING, location))

    assert found(RULE, world) == [(ISSUING.subject, ("WAP01",), (), "error")]
    assert "CONTOSO\\admin" in judged(RULE, world).findings[0].title


def test_a_root_is_found_in_whichever_store_of_the_account_it_lies() -> None:
    world = World().take("STS02", f"ROOT/{ROOT.sha1}").put("STS02", in_account("CA", ROOT))

    assert found(RULE, world) == [(ROOT.subject, ("STS02",), (), "error")]


def test_what_the_machine_holds_too_is_right() -> None:
    world = World().put("WAP01", in_account("ROOT", ISSUING))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_a_ca_that_is_in_no_users_chain_may_lie_anywhere() -> None:
    world = World().take("WAP01", f"CA/{PUBLIC.sha1}").put("WAP01", in_account("CA", PUBLIC))

    assert found(RULE, world) == []


def test_a_ca_that_is_missing_where_no_accounts_store_was_looked_at_can_not_be_told() -> None:
    world = World().take("WAP01", f"CA/{ISSUING.sha1}")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", None)]


def test_a_ca_that_is_missing_from_the_accounts_store_as_well_is_another_finding() -> None:
    world = World().take("WAP01", f"CA/{ISSUING.sha1}").put("WAP01", in_account("CA", PUBLIC))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_a_store_that_is_not_known_is_in_doubt() -> None:
    assert ("WAP02", None) in untold(RULE, World().blinded("WAP02", "certificate-stores", "CA"))
