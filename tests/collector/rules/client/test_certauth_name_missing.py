"""In alternate mode a server that finds no certauth host is named."""

from farmsight_collector.rules.client.certauth_name_missing import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import CERTAUTH, cannot_tell, fires, healthy, silent


def forget(plan, name, outcome=pb.RESOLUTION_OUTCOME_NO_SUCH_NAME):
    held = plan.get(name, "host", name)
    for resolution in held.resolutions:
        if resolution.name == CERTAUTH:
            resolution.outcome = outcome
            resolution.ClearField("addresses")


def test_the_side_that_finds_no_address_is_named():
    plan = healthy("alternate")
    forget(plan, "OUT01")
    fires(RULE, plan, "OUT01", subject=CERTAUTH)


def test_a_time_out_is_not_an_absence():
    plan = healthy("alternate")
    forget(plan, "OUT01", pb.RESOLUTION_OUTCOME_TIMED_OUT)
    silent(RULE, plan)


def test_classic_mode_has_no_such_host():
    plan = healthy()
    forget(plan, "OUT01")
    silent(RULE, plan)


def test_a_server_that_was_not_asked_is_in_doubt():
    plan = healthy("alternate")
    plan.lose("OUT01", "host")
    cannot_tell(RULE, plan, "OUT01")
