"""A binding by address in front of AD FS's is named."""

from farmsight_collector.rules.http.address_binding_shadows import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import OTHER_SSL, binding, cannot_tell, fires, healthy, silent

IIS = "{4dc3e181-e14b-4a21-b022-59fc669b0914}"


def test_a_site_on_one_address_with_its_own_certificate_is_named():
    plan = healthy()
    plan.put("WAP01", "10.1.0.21:443", binding("10.1.0.21", 443, OTHER_SSL, application_id=IIS))
    fires(RULE, plan, "WAP01", subject="10.1.0.21:443", severity=Severity.ERROR)


def test_a_wildcard_of_another_product_is_only_mentioned():
    plan = healthy()
    plan.put("WAP01", "0.0.0.0:443", binding("0.0.0.0", 443, OTHER_SSL, application_id=IIS))
    fires(RULE, plan, "WAP01", severity=Severity.INFO)


def test_a_fall_back_like_the_named_binding_is_right():
    plan = healthy()
    plan.put("STS01", "0.0.0.0:443", binding("0.0.0.0", 443))
    plan.put("STS01", "0.0.0.0:49443", binding("0.0.0.0", 49443))
    silent(RULE, plan)


def test_without_bindings_there_is_no_telling():
    plan = healthy()
    plan.lose("WAP01", "tls-binding")
    cannot_tell(RULE, plan, "WAP01")
