"""A binding that asks late where TLS 1.3 is spoken is named."""

from farmsight_collector.rules.tls.renegotiation_refused import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM

KEY = f"{FARM}:49443"


def late(plan, **changed):
    plan.edit("STS01", "tls-binding", KEY, negotiate_client_certificate=False, **changed)


def test_it_is_named():
    plan = healthy()
    late(plan)
    fires(RULE, plan, "STS01", subject=KEY)


def test_older_systems_and_bindings_without_tls_1_3_are_another_matter():
    plan = healthy()
    late(plan, disable_tls13=True)
    silent(RULE, plan)
    plan = healthy()
    late(plan)
    plan.edit("STS01", "host", "STS01", os_version="10.0.17763")
    silent(RULE, plan)


def test_a_system_that_is_not_known_is_in_doubt():
    plan = healthy()
    late(plan)
    plan.lose("STS01", "host")
    cannot_tell(RULE, plan, "STS01")
