"""Every farm that a rule's own test makes is asked again with each thing in it not known, and in another order."""

import hashlib
from collections.abc import Generator, Iterator

import pytest

from farmsight_collector.model.view import Farm
from farmsight_collector.rules import engine
from farmsight_collector.rules.rule import Rule, Verdict
from tests.fakes.erring_rules import code_of
from tests.fakes.remedies import faults
from tests.fakes.unknown_facts import wrong

_looked_at: set[tuple[str, str]] = set()  # farms that several tests make alike are looked at once


def _print_of(farm: Farm) -> str:
    told = sorted(
        (
            s.name,
            s.role,
            sorted(map(str, s.coverage)),
            sorted(h.digest.hex() for rows in s.facts.values() for h in rows),
        )
        for s in farm.servers
    )
    return hashlib.sha256(f"{farm.name} {farm.as_of} {told}".encode()).hexdigest()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the test, then ask its rule again of each of its farms."""
    code, verdicts = code_of(pyfuncitem.path), engine._verdicts
    if code is None or pyfuncitem.config.pluginmanager.has_plugin("erring-rules"):
        return (yield)
    asked: list[tuple[Rule, Farm]] = []

    def noted(rule: Rule, farm: Farm) -> Iterator[Verdict]:
        if rule.code == code:
            asked.append((rule, farm))
        return verdicts(rule, farm)

    engine._verdicts = noted
    try:
        result = yield
    finally:
        engine._verdicts = verdicts
    for rule, farm in asked:
        key = (rule.code, _print_of(farm))
        if key not in _looked_at:
            _looked_at.add(key)
            told = [*wrong(rule, farm), *faults(rule, farm)]
            assert not told, f"{rule.code}:\n" + "\n".join(told)
    return result
