"""A reservation for an account that AD FS does not run as is named."""

from farmsight_collector.rules.http.reservation_old_account import RULE
from tests.fakes.adfs_farms import ADFSSRV, cannot_tell, fires, healthy, reservation, silent

URL = "https://+:49443/adfs/"


def test_a_foreign_account_beside_the_service_is_named():
    plan = healthy()
    plan.put("STS01", URL, reservation(URL, ADFSSRV, "S-1-5-21-9-9-9-500"))
    fires(RULE, plan, "STS01", subject=URL)


def test_the_present_account_is_no_finding():
    plan = healthy()
    plan.put("STS01", URL, reservation(URL, ADFSSRV, "S-1-5-21-1-2-3-1105"))
    silent(RULE, plan)


def test_without_the_account_there_is_no_telling():
    plan = healthy()
    plan.put("STS01", URL, reservation(URL, "S-1-5-21-9-9-9-500"))
    plan.lose("STS01", "service")
    cannot_tell(RULE, plan, "STS01")
