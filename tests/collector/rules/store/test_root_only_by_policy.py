"""store.root-only-by-policy."""

import pytest

from farmsight_collector.rules.store.root_only_by_policy import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact
from tests.fakes.pki import PUBLIC_ROOT, ROOT, World, found, judged, stored, untold

POLICY = facts_pb2.STORE_ORIGIN_GROUP_POLICY


def event(number: int = 11, result: str = "800B0109", log: str = "Microsoft-Windows-CAPI2/Operational"):
    value = facts_pb2.EventRecord(log=log, event_id=number, record=7, data={"Result": f'<Result value="{result}"/>'})
    return fact(value, f"{log}/{number}/7")


def test_a_root_that_only_a_policy_brings_is_worth_knowing() -> None:
    world = World().put("STS01", stored("ROOT", ROOT, POLICY))

    assert found(RULE, world) == [(ROOT.subject, ("STS01",), (), "info")]


@pytest.mark.parametrize("number", [11, 30])
def test_with_events_of_an_untrusted_root_it_is_a_warning(number: int) -> None:
    world = World().put("STS01", stored("ROOT", ROOT, POLICY), event(number))

    assert found(RULE, world) == [(ROOT.subject, ("STS01",), (), "warning")]
    assert {held.kind for held in judged(RULE, world).findings[0].evidence} == {"store-certificate", "event"}


@pytest.mark.parametrize("other", [event(41), event(result="80092013"), event(log="System")])
def test_other_events_prove_nothing(other: facts_pb2.Fact) -> None:
    assert [f[3] for f in found(RULE, World().put("STS01", stored("ROOT", ROOT, POLICY), other))] == ["info"]


@pytest.mark.parametrize(("enabled", "said"), [(0, "the CAPI2 log is off"), (1, "No event says")])
def test_a_log_that_is_off_is_not_taken_for_one_without_events(enabled: int, said: str) -> None:
    setting = fact(facts_pb2.SchannelSetting(name="CAPI2/Enabled", number=enabled), "CAPI2/Enabled")
    world = World().put("STS01", stored("ROOT", ROOT, POLICY), setting)

    assert said in judged(RULE, world).findings[0].why


def test_a_root_that_comes_another_way_as_well_is_right() -> None:
    one = stored("ROOT", ROOT, POLICY)
    one.store_certificate.other_origins.append(facts_pb2.STORE_ORIGIN_REGISTRY)

    assert found(RULE, World().put("STS01", one)) == []
    assert found(RULE, World().put("STS01", stored("ROOT", ROOT, facts_pb2.STORE_ORIGIN_ENTERPRISE))) == []


def test_roots_that_are_in_no_users_chain_do_not_matter() -> None:
    assert found(RULE, World().put("STS01", stored("ROOT", PUBLIC_ROOT, POLICY))) == []


def test_a_store_that_is_not_known_is_in_doubt() -> None:
    assert untold(RULE, World().blinded("STS02", "certificate-stores", "ROOT")) == [("STS02", None)]
