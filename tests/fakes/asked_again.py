"""Asks rules again of every farm that a test made: with each thing not known, and in another order."""

import hashlib
from collections.abc import Callable, Generator, Iterator

import pytest

from farmsight_collector.model.view import Farm
from farmsight_collector.rules import engine
from farmsight_collector.rules.rule import Holds, Rule, Verdict
from tests.fakes.remedies import faults
from tests.fakes.unknown_facts import wrong

_looked_at: set[tuple[str, str]] = set()  # farms that several tests make alike are looked at once


def again(item: pytest.Function, wanted: Callable[[Rule, list[Verdict]], bool]) -> Generator[None, object, object]:
    """Run a test and then each rule that it asked, where it is wanted by its code or by what it said."""
    if item.config.pluginmanager.has_plugin("erring-rules"):
        return (yield)
    asked: list[tuple[Rule, Farm]] = []
    verdicts = engine._verdicts  # where every verdict of every rule goes by

    def noted(rule: Rule, farm: Farm) -> Iterator[Verdict]:
        told = list(verdicts(rule, farm))
        if wanted(rule, told):
            asked.append((rule, farm))
        return iter(told)

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


def holds(_rule: Rule, told: list[Verdict]) -> bool:
    """Want the rules that found something."""
    return any(isinstance(one, Holds) for one in told)


def _print_of(farm: Farm) -> str:
    told = sorted(
        (
            server.name,
            server.role,
            sorted(map(str, server.coverage)),
            sorted(held.digest.hex() for rows in server.facts.values() for held in rows),
        )
        for server in farm.servers
    )
    return hashlib.sha256(f"{farm.name} {farm.as_of} {told}".encode()).hexdigest()
