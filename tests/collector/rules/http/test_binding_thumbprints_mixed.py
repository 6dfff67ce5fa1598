"""A server whose AD FS bindings name different certificates is named."""

from farmsight_collector.rules.http.binding_thumbprints_mixed import RULE
from tests.fakes.adfs_farms import OTHER_SSL, binding, cannot_tell, fires, healthy, silent


def test_the_binding_that_was_forgotten_is_the_subject():
    plan = healthy()
    plan.put("STS01", "localhost:443", binding("localhost", 443, OTHER_SSL))
    fires(RULE, plan, "STS01", subject="localhost:443")


def test_other_products_bindings_are_their_own_affair():
    plan = healthy()
    app = "{4dc3e181-e14b-4a21-b022-59fc669b0914}"
    plan.put("WAP01", "www.contoso.com:443", binding("www.contoso.com", 443, OTHER_SSL, application_id=app))
    silent(RULE, plan)


def test_without_bindings_there_is_no_telling():
    plan = healthy()
    plan.lose("STS01", "tls-binding")
    cannot_tell(RULE, plan, "STS01")
