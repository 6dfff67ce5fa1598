"""The server with another certificate than its peers is named."""

from datetime import timedelta

from farmsight_collector.rules.http.binding_thumbprint_differs import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    ADFS_NODES,
    OTHER_SSL,
    SIGN_IN,
    SIGNING,
    SSL,
    binding,
    cannot_tell,
    fires,
    healthy,
    sha1,
    silent,
    summary,
)
from tests.fakes.farms import FARM, NOW

KEYS = (f"{FARM}:443", f"{FARM}:49443")


def renewed_all_but(plan, *lagging):
    for name in set(SIGN_IN) - set(lagging):
        for key in KEYS:
            host, _, port = key.partition(":")
            plan.put(name, key, binding(host, int(port), OTHER_SSL))


def test_the_wap_that_was_forgotten_is_named_by_the_nodes_word():
    plan = healthy()
    renewed_all_but(plan, "WAP02")
    fires(RULE, plan, "WAP02")


def test_a_majority_names_the_odd_one():
    plan = healthy(waps=("WAP01", "WAP02"))
    plan.roles["WAP03"] = "wap"
    plan.put("WAP03", KEYS[0], binding(FARM, 443))
    plan.put("WAP03", KEYS[1], binding(FARM, 49443))
    plan.put("WAP01", KEYS[0], binding(FARM, 443, OTHER_SSL))
    fires(RULE, plan, "WAP01", subject=KEYS[0])


def test_roles_with_a_certificate_each_are_no_finding():
    plan = healthy()
    renewed_all_but(plan, *ADFS_NODES)
    silent(RULE, plan)


def test_one_server_of_a_role_has_no_peer():
    silent(RULE, healthy(adfs=("STS01",), waps=("WAP01",)))


def test_a_peer_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "tls-binding")
    cannot_tell(RULE, plan, None)


def test_between_two_that_differ_the_younger_certificate_is_the_one_that_is_meant():
    plan = healthy(adfs=("STS01",))
    plan.put("STS01", KEYS[0], binding(FARM, 443, SIGNING))
    plan.put("WAP01", KEYS[0], binding(FARM, 443, OTHER_SSL))
    for name, der, begins in (("WAP01", OTHER_SSL, NOW - timedelta(days=1)), ("WAP02", SSL, NOW - timedelta(days=9))):
        held = pb.StoreCertificate(store="MY", certificate=summary(der, not_before=begins))
        plan.put(name, f"MY/{sha1(der)}", held)
    fires(RULE, plan, "WAP02", subject=KEYS[0])
