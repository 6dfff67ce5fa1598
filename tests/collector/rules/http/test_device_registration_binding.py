"""A server that was forgotten when devices came to be registered is named."""

from farmsight_collector.rules.http.device_registration_binding import RULE
from tests.fakes.adfs_farms import binding, cannot_tell, fires, healthy, silent

HOST = "EnterpriseRegistration.contoso.com"


def farm(*servers):
    plan = healthy()
    for one in servers:
        plan.put(one, f"{HOST.lower()}:443", binding(HOST, 443))
    return plan


def test_the_server_that_lacks_what_its_peer_has_is_named():
    fires(RULE, farm("WAP01"), "WAP02", subject=f"{HOST.lower()}:443")


def test_where_all_or_none_of_a_role_have_it_nothing_is_wrong():
    silent(RULE, farm())
    silent(RULE, farm("STS01", "STS02"))


def test_bindings_that_are_not_known_leave_it_open():
    plan = farm("WAP01")
    plan.lose("WAP02", "tls-binding")
    cannot_tell(RULE, plan)
