"""A plain binding that does not trust the proxies is named."""

import pytest

from farmsight_collector.rules.http.ctl_store_on_443 import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


@pytest.mark.parametrize("store", ["", "ClientAuthIssuer"])
def test_another_store_on_443_is_named(store):
    plan = healthy()
    plan.edit("STS01", "tls-binding", f"{FARM}:443", ctl_store=store)
    fires(RULE, plan, "STS01", subject=f"{FARM}:443")


def test_the_case_of_the_store_name_does_not_matter():
    plan = healthy()
    plan.edit("STS01", "tls-binding", f"{FARM}:443", ctl_store="adfstrusteddevices")
    silent(RULE, plan)


def test_without_bindings_there_is_no_telling():
    plan = healthy()
    plan.lose("STS01", "tls-binding")
    cannot_tell(RULE, plan, "STS01")
