"""A reservation that does not let the AD FS service in is named."""

import pytest

from farmsight_collector.rules.http.reservation_rights import RULE
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, reservation, silent

URL = "https://+:49443/adfs/"
OLD = "S-1-5-21-9-9-9-500"


def test_an_old_account_alone_keeps_adfs_out():
    plan = healthy()
    plan.put("STS02", URL, reservation(URL, OLD))
    fires(RULE, plan, "STS02", subject=URL)


@pytest.mark.parametrize("rights", ["GW", "GR"])
def test_rights_without_listen_are_not_enough(rights):
    plan = healthy()
    plan.put("STS02", URL, reservation(URL, rights=rights))
    fires(RULE, plan, "STS02")


def test_a_deny_entry_wins():
    plan = healthy()
    plan.put("WAP01", URL, reservation(URL, allow=False))
    fires(RULE, plan, "WAP01")


@pytest.mark.parametrize("sid", ["S-1-1-0", "S-1-5-21-1-2-3-1105"])
def test_everyone_or_the_service_account_itself_lets_adfs_in(sid):
    plan = healthy()
    plan.put("STS01", URL, reservation(URL, sid))
    silent(RULE, plan)


def test_listen_alone_is_enough():
    plan = healthy()
    plan.put("STS01", URL, reservation(URL, rights="GX"))
    silent(RULE, plan)


def test_a_domain_account_alone_is_a_warning_while_nobody_knows_what_adfs_runs_as():
    plan = healthy()
    plan.put("STS01", URL, reservation(URL, OLD))
    plan.lose("STS01", "service")
    fires(RULE, plan, "STS01", subject=URL, severity=Severity.WARNING)


@pytest.mark.parametrize("sid", ["S-1-5-19", "S-1-5-20", "S-1-5-80-1-2-3-4-5"])
def test_another_service_is_not_adfs_whatever_adfs_runs_as(sid):
    plan = healthy()
    plan.put("STS01", URL, reservation(URL, sid))
    plan.lose("STS01", "service")
    fires(RULE, plan, "STS01", subject=URL, severity=Severity.CRITICAL)


@pytest.mark.parametrize(("server", "sid"), [("WAP01", "S-1-5-20"), ("STS01", "S-1-5-32-545")])
def test_the_account_must_be_known_to_judge_one_that_may_be_it_or_hold_it(server, sid):
    plan = healthy()
    plan.put(server, URL, reservation(URL, sid))
    plan.lose(server, "service")
    cannot_tell(RULE, plan, server)


def test_a_reservation_whose_access_list_is_not_shown_is_in_doubt():
    plan = healthy()
    plan.put("STS01", URL, pb.UrlReservation(url=URL))
    cannot_tell(RULE, plan, "STS01")
