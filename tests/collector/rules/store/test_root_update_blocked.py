"""A server that can't fetch the list of trusted roots is named, unless it is told not to ask."""

from farmsight_collector.rules.store.root_update_blocked import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import SIGN_IN, cannot_tell, fires, healthy, judged, silent
from tests.fakes.farms import NOW

URL = "http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en/authrootstl.cab"
LOG = "Microsoft-Windows-CAPI2/Operational"


def logged(level=2, url=URL, *, off=None, log_on=1):
    plan = healthy()
    for one in SIGN_IN:
        plan.states[one, "events", "Microsoft-Windows-CAPI2", None] = "observed"
        number = log_on if one == "WAP01" else 1
        plan.put(one, "CAPI2/Enabled", pb.SchannelSetting(name="CAPI2/Enabled", number=number))
    if off is not None:
        plan.put(
            "WAP01",
            "AuthRoot/DisableRootAutoUpdate",
            pb.SchannelSetting(name="AuthRoot/DisableRootAutoUpdate", number=off),
        )
    value = pb.EventRecord(log=LOG, event_id=53, record=9, level=level, data={"URL/_text": url, "Result/value": "2EE7"})
    value.at.FromDatetime(NOW)
    plan.put("WAP01", f"{LOG}/53/9", value)
    return plan


def test_the_server_whose_retrieval_failed_is_named():
    fires(RULE, logged(), "WAP01", subject="ctldl.windowsupdate.com")


def test_a_setting_of_its_own_that_leaves_it_on_changes_nothing():
    (found,) = judged(RULE, logged(off=0)).findings

    assert "/d 0 /f" in found.remedy[0].undo


def test_where_the_update_is_off_nobody_waits_for_it():
    silent(RULE, logged(off=1))


def test_a_retrieval_that_worked_and_another_url_are_no_fault():
    silent(RULE, logged(level=4))
    silent(RULE, logged(url="http://pki.contoso.com/ca.crl"))


def test_a_list_in_the_systems_cache_came_whatever_the_log_says():
    plan = logged(url="http://pki.contoso.com/ca.crl", log_on=0)
    plan.put("WAP01", URL, pb.UrlCacheEntry(url=URL), "system")
    silent(RULE, plan)


def test_a_log_that_is_off_or_not_read_leaves_it_open():
    cannot_tell(RULE, logged(url="http://pki.contoso.com/ca.crl", log_on=0), "WAP01")
    plan = logged()
    plan.lose("WAP01", "event")
    cannot_tell(RULE, plan, "WAP01")
