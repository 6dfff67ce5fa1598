"""Makes HTML of templates: everything is escaped, and a name that a template misses is an error.

Every template knows, beside the values of its page:

    person, may("operator")         who asks, and whether this person may do that
    farm, farms, at, live, now      what the page is about; `farms` are all names
    here(show="odd", at=None)       this address with other parameters (None takes one away)
    to("topology", focus="WAP01")   the address of a page or part: path placeholders by name, the farm and the
                                    instant go along, everything else becomes parameters
    action("acknowledge", id=...)   the address of an action
    csrf                            for `<input type="hidden" name="csrf" value="{{ csrf }}">` in each POST form
    script("NAME.js"), style("NAME.css"), static("NAME.svg")
                                    tags and addresses of files in web/static
    library("uPlot.esm.js")         the address of a library's file, "" where this install has none

Filters: `breakable` (long names, URLs), `brief` (the middle of a long title left out), `instant` (ISO text or datetime
as 2026-11-23 10:00Z), `tojson` (data for scripts). What a macro file of the report offers is
imported as "report/macros.html.j2".
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from farmsight_collector.errors import CollectorError
from farmsight_collector.shown import texts

_ENVIRONMENT: Final = Environment(
    loader=ChoiceLoader(
        [
            PackageLoader("farmsight_collector.web", "templates"),
            PrefixLoader({"report": PackageLoader("farmsight_collector.report", ".")}),
        ]
    ),
    autoescape=True,
    finalize=texts.shown,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload="FARMSIGHT_WEB_RELOAD" in os.environ,  # for whoever works on a template
    cache_size=400,
)


class NameTakenError(CollectorError):
    """A page gave a value under a name that belongs to the layout: a fault of the page."""


def instant(value: datetime | str | None, seconds: str = "") -> str:
    """Return a time as 2026-11-23 10:00Z; with seconds where it has some, or where they are asked for."""
    if not isinstance(value, datetime):
        return texts.instant(value)
    at = value.astimezone(UTC)
    return at.strftime("%Y-%m-%d %H:%M:%SZ" if seconds or at.second else "%Y-%m-%d %H:%MZ")


_ENVIRONMENT.filters |= {"breakable": texts.breakable, "brief": texts.brief, "instant": instant}


def rendered(template: str, layout: Mapping[str, Any], values: Mapping[str, object]) -> str:
    """Return the HTML of a template; raises NameTakenError, and jinja2's errors for a fault in the template."""
    taken = layout.keys() & values.keys()
    if taken:
        raise NameTakenError(f"{template}: these names are the layout's: {', '.join(sorted(taken))}")
    return _ENVIRONMENT.get_template(template).render({**layout, **values})
