"""All farms of this collector, each in a line."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from farmsight_collector.queries.farms import lines
from farmsight_collector.rules.rule import Severity
from farmsight_collector.shown.ages import ago
from farmsight_collector.shown.picture import ROLES
from farmsight_collector.shown.summary import counts
from farmsight_collector.web.page import Asked, Page

AT_ONCE: Final = 100


def values(asked: Asked) -> Mapping[str, object]:
    """Return a page of farms; those with the words in their names."""
    find = asked.parameters.text("find")
    skip = asked.parameters.number("skip", 0, 0, 10**6)
    found = lines(asked.connection, asked.at, contains=find, skip=skip, limit=AT_ONCE + 1)
    rows = [
        {
            "line": one,
            "counts": counts(Severity(severity).word for severity in one.severities),
            "state": Severity(one.worst.severity).word if one.worst else "unknown",
        }
        for one in found[:AT_ONCE]
    ]
    return {
        "rows": rows,
        "roles": ROLES,
        "find": find,
        "skip": skip,
        "next_skip": skip + AT_ONCE if len(found) > AT_ONCE else None,
        "at_once": AT_ONCE,
        "ago": partial(ago, at=asked.at),
    }


PAGE = Page(name="farms", title="Farms", path="/farms", template="all_farms.html.j2", values=values, key="h")
