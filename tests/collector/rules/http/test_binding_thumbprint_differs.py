"""The server with another certificate than its peers is named."""

from farmsight_collector.rules.http.binding_thumbprint_differs import RULE
from tests.fakes.adfs_farms import ADFS_NODES, OTHER_SSL, SIGN_IN, binding, cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM

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
