"""A proxy that meets a foreign certificate on the farm's name is named."""

from farmsight_collector.rules.wap.tls_terminated import RULE
from tests.fakes.adfs_farms import OTHER_SSL, binding, cannot_tell, endpoint, endpoint_key, fires, healthy, sha1, silent
from tests.fakes.farms import FARM


def test_a_certificate_that_no_node_has_bound_is_named():
    plan = healthy()
    seen = endpoint(FARM, 443, "10.0.0.11", der=OTHER_SSL)
    plan.put("WAP02", endpoint_key(seen), seen)
    fires(RULE, plan, "WAP02", subject=sha1(OTHER_SSL))


def test_a_certificate_that_only_one_node_has_bound_is_the_farms_own():
    plan = healthy()
    plan.put("STS02", f"{FARM}:443", binding(FARM, 443, OTHER_SSL))
    seen = endpoint(FARM, 443, "10.0.0.100", der=OTHER_SSL)
    plan.put("WAP02", endpoint_key(seen), seen)
    silent(RULE, plan)


def test_a_node_whose_bindings_are_not_known_may_have_it():
    plan = healthy()
    seen = endpoint(FARM, 443, "10.0.0.11", der=OTHER_SSL)
    plan.put("WAP02", endpoint_key(seen), seen)
    plan.lose("STS02", "tls-binding")
    cannot_tell(RULE, plan, "WAP02")
