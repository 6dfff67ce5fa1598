"""A client binding with unusual checks is mentioned."""

import pytest

from farmsight_collector.rules.http.binding_checks import RULE
from farmsight_collector.rules.rule import Severity
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent
from tests.fakes.farms import FARM


@pytest.mark.parametrize("odd", [{"ds_mapper": True}, {"usage_check": False}])
def test_an_unusual_check_is_mentioned(odd):
    plan = healthy()
    plan.edit("STS01", "tls-binding", f"{FARM}:49443", **odd)
    fires(RULE, plan, "STS01", severity=Severity.INFO)


def test_the_plain_binding_is_not_looked_at():
    plan = healthy()
    plan.edit("STS01", "tls-binding", f"{FARM}:443", ds_mapper=True)
    silent(RULE, plan)


def test_without_bindings_there_is_no_telling():
    plan = healthy()
    plan.lose("STS01", "tls-binding")
    cannot_tell(RULE, plan, "STS01")
