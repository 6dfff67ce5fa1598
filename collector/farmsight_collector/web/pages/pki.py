"""PKI: the tree of CAs with where each is installed, their CRLs in time, the tenant's issuers, and what ends first."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from farmsight_collector.errors import CollectorError
from farmsight_collector.queries import authorities, crl_times, expiries, tenant_issuers
from farmsight_collector.queries.authorities import Branch
from farmsight_collector.shown.crl_lines import chart
from farmsight_collector.shown.strip import Scale
from farmsight_collector.web.page import Asked, Page
from farmsight_collector.web.pages import pki_one

SPANS: Final = {
    "2d": timedelta(days=2),
    "14d": timedelta(days=14),
    "60d": timedelta(days=60),
    "400d": timedelta(days=400),
}
PAST: Final = 0.4  # of the width of the line of time lies before now
ENDING: Final = 12  # certificates that are shown before all are asked for


def values(asked: Asked) -> Mapping[str, object]:
    """Return what the page shows of the farm's PKI."""
    given, picture = asked.parameters, asked.evaluated()
    span = given.one_of("span", tuple(SPANS), "14d")
    scale = Scale(begin=asked.at - SPANS[span] * PAST, end=asked.at + SPANS[span] * (1 - PAST))
    find = given.text("find").strip().lower()
    tree, lines = authorities.answer(picture), crl_times.answer(picture.farm)
    issuers, ending = tenant_issuers.answer(picture.farm), expiries.answer(picture.farm)
    found = [one for one in ending if find in f"{one.subject} {one.sha1} {' '.join(one.uses)}".lower()]
    return {
        "branches": [one for one in tree.branches if _about(one, find)],
        "all_branches": len(tree.branches),
        "unknown_stores": tree.unknown,
        "chart": chart([one for one in lines if find in f"{one.issuer} {one.key}".lower()], scale, asked.at),
        "all_lines": len(lines),
        "late": list(crl_times.publications(lines)),
        "span": span,
        "spans": tuple(SPANS),
        "issuers": [one for one in issuers.rows if find in one.subject.lower()],
        "tenant_unknown": issuers.unknown,
        "ending": found if given.flag("all") else found[:ENDING],
        "all_ending": len(found),
        "find": given.text("find"),
        "servers": len(picture.farm.servers),
        "opened": given.text("open"),
        **_opened(asked),
    }


def _about(one: Branch, find: str) -> bool:
    said = " ".join((one.subject, one.key, *(f"{copy.sha1} {copy.issuer}" for copy in one.copies)))
    return find in said.lower()


def _opened(asked: Asked) -> Mapping[str, object]:
    """Return what is opened beside the page, or why it can't be; an address may be older than the farm."""
    if not asked.parameters.text("open"):
        return {"one": None, "not_opened": ""}
    try:
        return {"one": pki_one.opened(asked), "not_opened": ""}
    except CollectorError as error:
        return {"one": None, "not_opened": str(error)}


PAGE = Page(
    name="pki",
    title="PKI",
    path="/farms/{farm}/pki",
    template="pki.html.j2",
    values=values,
    key="p",
)
