"""A binding of AD FS's name under another application id is named."""

from farmsight_collector.rules.http.binding_application import RULE
from tests.fakes.adfs_farms import binding, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM

IIS = "{4dc3e181-e14b-4a21-b022-59fc669b0914}"


def test_iis_holding_the_service_name_is_named():
    plan = healthy()
    plan.edit("STS01", "tls-binding", f"{FARM}:443", application_id=IIS)
    fires(RULE, plan, "STS01", subject=f"{FARM}:443")


def test_iis_holding_its_own_site_is_not():
    plan = healthy()
    plan.put("STS01", "www.contoso.com:443", binding("www.contoso.com", 443, application_id=IIS))
    silent(RULE, plan)


def test_without_bindings_there_is_no_telling():
    plan = healthy()
    plan.lose("STS01", "tls-binding")
    cannot_tell(RULE, plan, "STS01")
