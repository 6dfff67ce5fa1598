"""Farms of the lab at a fixed instant, for tests of what is captured from them."""

from datetime import UTC, datetime
from functools import cache

from farmsight_lab.captured.outputs import outputs
from farmsight_lab.captured.plan import Plan, Style
from farmsight_lab.pki.hierarchy import make
from farmsight_lab.scenario import load, parse

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@cache
def pki():
    return make(NOW, 7)


def farm_of(scenario):
    return load(scenario).farm(pki(), NOW)


def farm_with(*faults):
    rows = "\n".join(f"[[faults]]\n{fault}" for fault in faults)
    return parse(rows.encode(), "mine").farm(pki(), NOW)


def printed(farm, server, name, *, plan=None, **style):
    """Return one output of a server by the end of its file's name."""
    plan = plan or Plan(style=Style(**style))
    return next(one.text for one in outputs(farm, farm.servers[server], plan) if one.name.endswith(name))
