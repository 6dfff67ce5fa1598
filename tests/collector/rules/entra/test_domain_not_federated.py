"""A farm that no domain is federated with is found."""

from farmsight_collector.rules.entra.domain_not_federated import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_a_managed_domain_above_the_farm_is_the_subject():
    plan = healthy()
    plan.put("STS01", "contoso.com", pb.EntraDomain(name="contoso.com", authentication_type="Managed"))
    fires(RULE, plan, subject="contoso.com")


def test_managed_domains_beside_a_federated_one_are_right():
    plan = healthy()
    plan.put("STS01", "fabrikam.com", pb.EntraDomain(name="fabrikam.com", authentication_type="Managed"))
    silent(RULE, plan)


def test_domains_that_are_not_shown_are_in_doubt():
    plan = healthy()
    plan.drop("STS01", "entra-domain")
    cannot_tell(RULE, plan)
    plan.lose("STS01", "entra-domain")
    cannot_tell(RULE, plan)


def test_a_federated_domain_without_its_federation_settings_leads_nobody_knows_where():
    plan = healthy()
    plan.drop("STS01", "entra-domain")
    plan.put("STS01", "contoso.com", pb.EntraDomain(name="contoso.com", authentication_type="Federated"))
    cannot_tell(RULE, plan)
