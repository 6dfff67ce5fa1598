"""A reservation that lets AD FS listen and not delegate is named."""

import pytest

from farmsight_collector.rules.http.reservation_no_delegate import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import ADFSSRV, cannot_tell, fires, healthy, reservation, silent

URL = "https://+:49443/adfs/"


def test_listen_alone_is_worth_knowing():
    plan = healthy()
    plan.put("WAP01", URL, reservation(URL, rights="GX"))
    fires(RULE, plan, "WAP01", subject=URL, severity=Severity.INFO)


@pytest.mark.parametrize("rights", ["GA", "GW"])
def test_all_rights_are_right_and_no_right_to_listen_is_another_finding(rights: str):
    plan = healthy()
    plan.put("WAP01", URL, reservation(URL, rights=rights))
    silent(RULE, plan)


def test_rights_of_somebody_else_do_not_count():
    plan = healthy()
    plan.put("WAP01", URL, reservation(URL, "S-1-5-20", rights="GX"))
    silent(RULE, plan)


def test_two_entries_add_up():
    made = reservation(URL, rights="GX")
    made.trustees.add(sid=ADFSSRV, allow=True, delegate=True, rights="GW")
    plan = healthy()
    plan.put("WAP01", URL, made)
    silent(RULE, plan)


def test_without_the_listing_there_is_no_telling():
    plan = healthy()
    plan.lose("WAP02", "url-reservation")
    cannot_tell(RULE, plan, "WAP02")
