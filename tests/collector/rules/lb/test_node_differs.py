"""One bad node behind the name is named."""

import pytest

from farmsight_collector.rules.lb.node_differs import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    ADDRESSES,
    OTHER_SSL,
    WAPS,
    cannot_tell,
    endpoint,
    endpoint_key,
    fires,
    healthy,
    silent,
)
from tests.fakes.farms import FARM


def test_the_address_that_presents_another_certificate_is_named_among_three():
    plan = healthy()
    for address in (ADDRESSES["WAP01"], "203.0.113.5"):
        seen = endpoint(FARM, 443, address)
        plan.put("OUT01", endpoint_key(seen), seen)
    seen = endpoint(FARM, 443, ADDRESSES["WAP02"], der=OTHER_SSL)
    plan.put("OUT01", endpoint_key(seen), seen)
    fires(RULE, plan, "WAP02", subject=f"{FARM}:443")


def test_the_one_of_two_that_fails_is_named():
    plan = healthy()
    path = "/adfs/services/trust/2005/certificatetransport"
    shut = pb.TlsEndpoint(name=FARM, port=49443, path=path, address=ADDRESSES["WAP01"], tcp=pb.TCP_OUTCOME_REFUSED)
    plan.put("OUT01", endpoint_key(shut), shut)
    fires(RULE, plan, "WAP01", subject=f"{FARM}:49443")


@pytest.mark.parametrize("mode", ["classic", "alternate"])
def test_nodes_that_answer_alike_are_right(mode):
    silent(RULE, healthy(mode))


def test_when_nobody_could_look_there_is_no_telling():
    plan = healthy()
    plan.lose(("OUT01", *WAPS), "tls-endpoint")
    cannot_tell(RULE, plan)


def test_a_third_address_that_answers_alike_is_right():
    plan = healthy()
    for address in (ADDRESSES["WAP01"], ADDRESSES["WAP02"], "203.0.113.5"):
        seen = endpoint(FARM, 443, address)
        plan.put("OUT01", endpoint_key(seen), seen)
    silent(RULE, plan)
