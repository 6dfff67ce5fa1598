"""A user's certificate with addresses in no domain of the tenant is named."""

import pytest

from farmsight_collector.rules.user.domain_not_verified import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import World, found, judged, untold
from tests.fakes.users import SUBJECT, domain, given, with_user

YES, NO, NOT_SHOWN = facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO, facts_pb2.TRISTATE_UNSPECIFIED


def farm(*names: str, mail: tuple[str, ...] = (), **domains: facts_pb2.Tristate.ValueType) -> World:
    held = [domain(name.replace("_", "."), verified) for name, verified in domains.items()]
    return with_user(given(user_principal_names=list(names), rfc822_names=list(mail)), *held)


@pytest.mark.parametrize("name", ["ada@fabrikam.com", "ada@eu.contoso.com", "ada@contoso.com.evil.example"])
def test_a_domain_that_is_not_the_tenants_is_found(name: str) -> None:
    world = farm(name, contoso_com=YES)

    assert found(RULE, world) == [(SUBJECT, (), (), "error")]
    assert name in judged(RULE, world).findings[0].title


def test_a_domain_that_was_never_verified_is_found() -> None:
    assert [f[0] for f in found(RULE, farm("ada@new.com", new_com=NO))] == [SUBJECT]


@pytest.mark.parametrize("name", ["ada@contoso.local", "ada@CONTOSO", "ada", "ada@corp.internal"])
def test_a_name_of_an_inside_network_needs_no_word_of_the_tenant(name: str) -> None:
    assert found(RULE, farm(name)) == [(SUBJECT, (), (), "error")]


def test_one_address_in_a_verified_domain_is_enough() -> None:
    world = farm("ada@contoso.local", mail=("Ada@Contoso.COM",), contoso_com=YES)

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_federation_settings_stand_for_a_verified_domain() -> None:
    world = farm("ada@contoso.com")
    world.put("STS01", domain("contoso.com", NOT_SHOWN, issuer_uri="http://contoso.com/adfs/services/trust/"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_without_the_tenants_domains_it_can_not_be_told() -> None:
    assert found(RULE, farm("ada@contoso.com")) == []
    assert untold(RULE, farm("ada@contoso.com")) == [(None, None)]


def test_settings_of_one_domain_are_not_the_list_of_all() -> None:
    world = farm("ada@contoso.com")
    world.put("STS01", domain("fabrikam.com", NOT_SHOWN, issuer_uri="http://fabrikam.com/adfs/services/trust/"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_names_that_are_not_all_shown_leave_it_open() -> None:
    world = with_user(given(user_principal_names=["ada@contoso.local"], subject_alternative_names_seen=False))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]
