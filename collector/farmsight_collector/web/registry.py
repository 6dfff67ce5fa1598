"""Every page, part and action, in the order of the navigation."""

from typing import Final

from farmsight_collector.web.page import Action, Page, Part
from farmsight_collector.web.pages import (
    acknowledging,
    agents,
    alerts,
    audit,
    changes,
    compare,
    compare_cell,
    farm,
    farms,
    finding,
    pki,
    pki_one,
    report,
    retrieval_cell,
    retrievals,
    server,
    topology,
    trace,
    trends,
)

PAGES: Final[tuple[Page, ...]] = (
    farm.PAGE,
    finding.PAGE,
    server.PAGE,
    topology.PAGE,
    compare.PAGE,
    retrievals.PAGE,
    pki.PAGE,
    trace.PAGE,
    trends.PAGE,
    changes.PAGE,
    alerts.PAGE,
    farms.PAGE,
    agents.PAGE,
    audit.PAGE,
)
PARTS: Final[tuple[Part, ...]] = (
    farm.FIRST_CHANGES,
    changes.CSV,
    audit.CSV,
    report.PAGE,
    report.NAMES,
    topology.ONE,
    topology.STATES_PART,
    compare_cell.PART,
    retrieval_cell.PART,
    pki_one.PART,
    trends.EXPECTED,
)
ACTIONS: Final[tuple[Action, ...]] = (*acknowledging.ACTIONS, *agents.ACTIONS, *alerts.ACTIONS, *trace.ACTIONS)
