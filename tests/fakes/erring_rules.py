"""A pytest plugin: lets the rule of each test file err in one way, and writes down whose tests saw it.

    FARMSIGHT_ERR=silent FARMSIGHT_ERR_TOLD=out.json python -m pytest -p tests.fakes.erring_rules tests/collector/rules

What comes out is {code: [how often it erred, how many of its tests failed]};
with FARMSIGHT_ERR=reading no rule errs, and it is {code: [kinds of facts that it looked at]}.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from farmsight_collector.model.view import Farm
from farmsight_collector.rules import engine
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Verdict
from farmsight_wire.v1.vocabulary import KIND_BY_NAME
from tests.fakes import adfs_farms, field, pki
from tests.fakes.unknown_facts import kinds_read

Err = Callable[[Rule, Farm, list[Verdict]], list[Verdict]]
ELSEWHERE = "SRV99"


def code_of(path: Path) -> str | None:
    """Return the code of the rule that a test file is of; None for other files."""
    found = re.search(r"tests/collector/rules/([a-z]+)/test_(\w+)\.py$", path.as_posix())
    return f"{found[1]}.{found[2].replace('_', '-')}" if found else None


def silent(_rule: Rule, _farm: Farm, verdicts: list[Verdict]) -> list[Verdict]:
    """Overlook the fault."""
    return [one for one in verdicts if isinstance(one, CannotTell)]


def eager(rule: Rule, farm: Farm, verdicts: list[Verdict]) -> list[Verdict]:
    """Take a near miss for the fault: a farm that is right, and yet not as the plain healthy one in what is read."""
    if verdicts or _looks(rule, farm) in _healthy(rule):
        return verdicts
    return [Holds(subject="a near miss", servers=(farm.servers[0].name,), title="taken for a fault")]


def certain(_rule: Rule, _farm: Farm, verdicts: list[Verdict]) -> list[Verdict]:
    """Take what is not known for well."""
    return [one for one in verdicts if isinstance(one, Holds)]


def misplaced(_rule: Rule, _farm: Farm, verdicts: list[Verdict]) -> list[Verdict]:
    """Be in doubt about another server."""
    return [replace(one, server=ELSEWHERE) if isinstance(one, CannotTell) else one for one in verdicts]


def everywhere(rule: Rule, farm: Farm, verdicts: list[Verdict]) -> list[Verdict]:
    """Blame every server where some are at fault, or none."""
    everyone = tuple(server.name for server in farm.of_role(*sorted(rule.roles)))
    return [replace(one, servers=everyone) if isinstance(one, Holds) else one for one in verdicts]


def any_account(_rule: Rule, _farm: Farm, verdicts: list[Verdict]) -> list[Verdict]:
    """Leave out which accounts meet the fault."""
    return [replace(one, contexts=()) if isinstance(one, Holds) else one for one in verdicts]


WAYS: dict[str, Err] = {
    err.__name__.replace("_", "-"): err for err in (silent, eager, certain, misplaced, everywhere, any_account)
}


def _looks(rule: Rule, farm: Farm) -> frozenset[tuple[str, str, object]]:
    held = {(s.name, kind, one.digest) for s in farm.servers for kind in rule.reads for one in s.facts.get(kind, ())}
    probes = {KIND_BY_NAME[kind].probe for kind in rule.reads}
    runs = {(s.name, str(row), None) for s in farm.servers for row in s.coverage if row.probe in probes}
    return frozenset(held | runs | {(s.name, s.role, None) for s in farm.servers})


@cache
def _healthy(rule: Rule) -> set[frozenset[tuple[str, str, object]]]:
    plain = [adfs_farms.healthy(mode).farm() for mode in ("classic", "alternate")]
    plain += [pki.World(tenant=tenant).farm() for tenant in (True, False)] + [field.Folder().farm()]
    return {_looks(rule, farm) for farm in plain}


READING = "reading"


class Watched:
    """Knows of each test whose rule it is of, and stands where every verdict of every rule goes by."""

    def __init__(self, told: Path) -> None:
        """Tell what was seen in this file."""
        self._told = told
        self._code: str | None = None
        self._verdicts = engine._verdicts

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note whose test it is."""
        self._code = code_of(item.path)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is no single rule's test."""
        items[:] = [item for item in items if code_of(item.path)]


class Reading(Watched):
    """Notes what kinds of facts each rule looks at on its own tests' farms."""

    def __init__(self, told: Path) -> None:
        """Begin with none."""
        super().__init__(told)
        self._kinds: dict[str, set[str]] = {}
        self._busy = False

    def verdicts(self, rule: Rule, farm: Farm) -> Iterator[Verdict]:
        """Stand in for the engine's own function."""
        if rule.code == self._code and not self._busy:
            self._busy = True  # to find out, the rule is asked
            self._kinds.setdefault(rule.code, set()).update(kinds_read(rule, farm))
            self._busy = False
        return self._verdicts(rule, farm)

    def pytest_sessionfinish(self) -> None:
        """Tell it."""
        self._told.write_text(json.dumps({c: sorted(k) for c, k in self._kinds.items()}), encoding="utf-8")


class Erring(Watched):
    """Lets rules err while their own tests run, and counts."""

    def __init__(self, way: str, told: Path) -> None:
        """Err in this way; tell it in this file."""
        super().__init__(told)
        self._err = WAYS[way]
        self._counts: dict[str, list[int]] = {}

    def verdicts(self, rule: Rule, farm: Farm) -> Iterator[Verdict]:
        """Stand in for the engine's own function."""
        right = list(self._verdicts(rule, farm))
        if rule.code != self._code:
            return iter(right)
        wrong = self._err(rule, farm, right)
        if wrong != right:
            self._counts.setdefault(rule.code, [0, 0])[0] += 1
        return iter(wrong)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the tests that saw it."""
        if report.failed and self._code is not None:
            self._counts.setdefault(self._code, [0, 0])[1] += 1

    def pytest_sessionfinish(self) -> None:
        """Tell it."""
        self._told.write_text(json.dumps(self._counts), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Begin."""
    way, told = os.environ["FARMSIGHT_ERR"], Path(os.environ["FARMSIGHT_ERR_TOLD"])
    watched = Reading(told) if way == READING else Erring(way, told)
    engine._verdicts = watched.verdicts
    config.pluginmanager.register(watched, "erring-rules")
