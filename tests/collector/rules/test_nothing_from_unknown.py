"""No rule takes what is not known on a healthy farm for a fault, or the order of what it is told for a difference."""

from collections.abc import Callable
from functools import cache

import pytest

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.rule import Rule
from tests.fakes import adfs_farms, field, pki
from tests.fakes.unknown_facts import wrong

HEALTHY: dict[str, Callable[[], Farm]] = {
    "certificates on a port of their own": lambda: adfs_farms.healthy().farm(),
    "certificates on certauth": lambda: adfs_farms.healthy("alternate").farm(),
    "its PKI as agents see it": lambda: pki.World().farm(),
    "a folder by the article": lambda: field.Folder().farm(),
}


@cache
def _made(farm: str) -> Farm:
    return HEALTHY[farm]()


@pytest.mark.parametrize("farm", HEALTHY)
@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_what_is_not_known_of_a_healthy_farm_is_no_fault(rule: Rule, farm: str) -> None:
    assert wrong(rule, _made(farm), ("denied", "stale", "never")) == []
