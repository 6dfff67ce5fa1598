"""Every fault of the lab, in one explicit list that refuses duplicates."""

from typing import Final

from farmsight_lab.faults import adfs, evidence, http_sys, machine, makes, network, stores, tenant, wap, web
from farmsight_lab.faults.fault import FaultKind


def _by_name(*families: tuple[FaultKind, ...]) -> dict[str, FaultKind]:
    kinds: dict[str, FaultKind] = {}
    for kind in (kind for family in families for kind in family):
        if kind.name in kinds:
            raise ValueError(f"two faults are called {kind.name}")
        kinds[kind.name] = kind
    return kinds


KINDS: Final = _by_name(
    stores.FAULTS,
    http_sys.FAULTS,
    machine.FAULTS,
    makes.FAULTS,
    web.FAULTS,
    network.FAULTS,
    adfs.FAULTS,
    wap.FAULTS,
    tenant.FAULTS,
    evidence.FAULTS,
)
