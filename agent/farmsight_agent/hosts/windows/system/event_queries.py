"""Which event log records are asked for: logs, providers and ids, which are the same in every language.

The list is the collection script's. Source of the form: "Consuming Events",
learn.microsoft.com/windows/win32/wes: a structured XML query with XPath 1.0 selectors, of which the log service
takes about twenty conditions at most, so that a long list of ids is two queries.
"""

from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

DAYS: Final = 7
MOST: Final = 300  # records a query, the newest


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """One question to one log: records with one of the ids (none named: all), of the provider if one is named."""

    log: str
    ids: tuple[int, ...] = ()
    provider: str = ""


QUERIES: Final = (
    EventQuery(log="AD FS/Admin", ids=(102, 111, 133, 199, 276, 315, 316, 317, 319, 360, 364, 374, 381, 383, 385, 387)),
    EventQuery(log="AD FS/Admin", ids=(389, 7023, 180, 224, 230, 231, 244, 245, 249, 393, 394, 401, 422)),
    EventQuery(log="Microsoft-Windows-WebApplicationProxy/Admin"),
    EventQuery(log="Microsoft-Windows-CAPI2/Operational", ids=(11, 30, 41, 53)),
    EventQuery(log="System", provider="Schannel", ids=(36870, 36871, 36874, 36877, 36882, 36885, 36887, 36888)),
    EventQuery(log="System", provider="Microsoft-Windows-HttpEvent"),
    EventQuery(log="System", provider="Service Control Manager", ids=(7000, 7023, 7024, 7031, 7034, 7038, 7041)),
)


def publisher(query: EventQuery) -> str:
    """Return whose log is asked: what stands before the slash in its name."""
    return query.log.partition("/")[0]


PUBLISHERS: Final = tuple(dict.fromkeys(publisher(query) for query in QUERIES))


def structured(query: EventQuery) -> str:
    """Return the query as the log service takes it: the window is reckoned by the service, from its own now."""
    conditions = [f"TimeCreated[timediff(@SystemTime) <= {DAYS * 24 * 3600 * 1000}]"]
    if query.provider:
        conditions.insert(0, f"Provider[@Name='{query.provider}']")
    if query.ids:
        conditions.append("(" + " or ".join(f"EventID={number}" for number in query.ids) + ")")
    path = quoteattr(query.log)
    select = escape(f"*[System[{' and '.join(conditions)}]]")
    return f'<QueryList><Query Id="0" Path={path}><Select Path={path}>{select}</Select></Query></QueryList>'
