"""The tenant's issuers beside the farm's."""

import pytest

from farmsight_collector.queries.tenant_issuers import Issuer, Issuers, answer
from farmsight_collector.rules.rule import Severity
from tests.fakes.pki import ISSUING, ISSUING_URL, ROOT, World, make, stored, tenant


def issuer(found: Issuers, subject: str) -> Issuer:
    return next(one for one in found.rows if one.subject == subject)


def test_what_both_sides_know_agrees_with_type_and_crl() -> None:
    found = issuer(answer(World().farm()), ISSUING.subject)

    assert (found.agreement, found.severity) == ("both", None)
    assert [(one.root, one.store, one.crl_url) for one in found.listings] == [(False, "classic", ISSUING_URL)]
    assert found.held_by == ("STS01", "STS02", "WAP01", "WAP02")
    assert found.announced == ("NTAuth",)


def test_an_issuing_ca_that_the_tenant_lacks_comes_first_with_why() -> None:
    found = answer(World().take("STS01", ISSUING.sha1).farm())

    assert found.rows[0].subject == ISSUING.subject
    assert found.rows[0].agreement == "farm only"
    assert found.rows[0].severity in (Severity.WARNING, Severity.ERROR, Severity.CRITICAL)
    assert found.rows[0].because


def test_a_ca_that_only_the_tenant_knows_is_held_by_no_server() -> None:
    abroad = make("Fabrikam Issuing CA", ROOT)
    found = issuer(answer(World().put("STS01", tenant(abroad)).farm()), abroad.subject)

    assert (found.agreement, found.held_by) == ("tenant only", ())


@pytest.mark.parametrize("blind", [True, False])
def test_where_nobody_asked_the_tenant_nothing_is_said_of_its_list(blind: bool) -> None:
    world = World(tenant=False)
    if blind:
        world.blinded("STS01", "entra", "authorities")
    found = answer(world.farm())

    assert found.unknown
    assert {one.agreement for one in found.rows} == {"unknown"}
    assert not any(one.severity for one in found.rows)


def test_a_ca_that_one_server_holds_need_not_be_listed_and_comes_last() -> None:
    for_servers = make("Contoso Server CA", ROOT)
    world = World().put("STS01", stored("CA", for_servers))
    world.blobs.append(for_servers.der)
    found = answer(world.farm())

    assert found.rows[-1].subject == for_servers.subject
    assert (found.rows[-1].agreement, found.rows[-1].severity) == ("farm only", None)
