"""Servers that a renewal turned back to the old port are named, and only with proof."""

import pytest

from farmsight_collector.rules.http.certauth_lost import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    ADDRESSES,
    ADFS_NODES,
    CERTAUTH,
    OTHER_SSL,
    SIGN_IN,
    WAPS,
    binding,
    cannot_tell,
    endpoint,
    endpoint_key,
    fires,
    healthy,
    sha1,
    silent,
    summary,
)
from tests.fakes.farms import FARM


def renewed(*names: str):
    """Return a farm in which these servers got a certificate without the certauth name."""
    plan = healthy()
    for name in names:
        plan.put(name, f"{FARM}:49443", binding(FARM, 49443, OTHER_SSL))
        plan.put(name, f"MY/{sha1(OTHER_SSL)}", pb.StoreCertificate(store="MY", certificate=summary(OTHER_SSL)))
    return plan


def closed(plan):
    for name in WAPS:
        path = "/adfs/services/trust/2005/certificatetransport"
        seen = endpoint(FARM, 49443, ADDRESSES[name], path=path, tcp=pb.TCP_OUTCOME_TIMED_OUT)
        del seen.handshakes[:]
        plan.put("OUT01", endpoint_key(seen), seen)


def test_with_the_old_port_closed_and_certauth_still_in_dns_all_are_named():
    plan = renewed(*SIGN_IN)
    closed(plan)
    fires(RULE, plan, *SIGN_IN, subject=sha1(OTHER_SSL))


def test_where_others_still_bind_certauth_the_one_that_fell_back_is_named():
    plan = renewed("WAP02")
    for name in (*ADFS_NODES, "WAP01"):
        plan.drop(name, "tls-binding", f"{FARM}:49443")
        plan.put(name, f"{CERTAUTH}:443", binding(CERTAUTH, 443))
    fires(RULE, plan, "WAP02")


def test_adfs_that_is_set_to_443_is_proof():
    plan = renewed("STS02")
    plan.edit("STS01", "adfs-properties", "-", tls_client_port=443)
    fires(RULE, plan, "STS02")


def test_a_name_in_dns_alone_proves_nothing():
    silent(RULE, renewed(*SIGN_IN))


def test_a_farm_that_never_had_certauth_is_right_with_its_port_closed():
    plan = renewed(*SIGN_IN)
    closed(plan)
    for name in plan.roles:
        held = plan.get(name, "host", name)
        kept = [one for one in held.resolutions if one.name != CERTAUTH]
        plan.edit(name, "host", name, resolutions=kept)
    silent(RULE, plan)


def test_a_certificate_that_covers_certauth_was_not_the_cause():
    plan = healthy()
    closed(plan)
    silent(RULE, plan)


@pytest.mark.parametrize("mode", ["classic", "alternate"])
def test_a_healthy_farm_of_either_mode_is_right(mode):
    silent(RULE, healthy(mode))


def test_a_certificate_that_is_not_here_can_not_be_judged():
    plan = renewed("WAP01")
    plan.edit("STS01", "adfs-properties", "-", tls_client_port=443)
    plan.blobs.remove(OTHER_SSL)
    cannot_tell(RULE, plan, "WAP01")


def test_bindings_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("WAP01", "tls-binding")
    cannot_tell(RULE, plan, "WAP01")
