"""A device in front that breaks handshakes off is told from servers that do."""

from farmsight_collector.rules.lb.resets_from_outside import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, WAPS, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM

PATH = "/adfs/services/trust/2005/certificatetransport"
VIP = "203.0.113.9"


def look(address, *, well):
    seen = endpoint(FARM, 49443, address, asks=well, path=PATH)
    if not well:
        for shake in seen.handshakes:
            shake.outcome = pb.TLS_OUTCOME_RESET
            del shake.chain[:]
    return seen


def farm(outside_well=False, inside_well=WAPS):
    plan = healthy()
    for one in WAPS:
        seen = look(ADDRESSES[one], well=one in inside_well)
        plan.put(one, endpoint_key(seen), seen)
    seen = look(VIP, well=outside_well)
    plan.put("OUT01", endpoint_key(seen), seen)
    return plan


def test_what_only_outside_breaks_is_the_device_in_front():
    fires(RULE, farm(), subject=f"{FARM}:49443")


def test_a_handshake_that_works_from_outside_is_no_fault():
    silent(RULE, farm(outside_well=True))


def test_a_proxy_that_breaks_off_itself_is_another_finding():
    silent(RULE, farm(inside_well=("WAP01",)))


def test_looks_that_are_not_known_leave_it_open():
    plan = farm()
    plan.lose("WAP02", "tls-endpoint")
    cannot_tell(RULE, plan)
