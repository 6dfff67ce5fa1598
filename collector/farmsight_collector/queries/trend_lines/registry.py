"""Every line that is worked out, by its name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.queries.trend_lines import crls, states
from farmsight_collector.queries.trend_lines.line import Line, Wanted


@dataclass(frozen=True, kw_only=True)
class WorkedOut:
    """One kind of line: what it is worked out from, what it says, and how."""

    made_of: str  # facts, findings
    what: str
    lines: Callable[[Connection, Wanted], Iterator[Line]]


WORKED_OUT: Final[dict[str, WorkedOut]] = {
    "crl-validity-left": WorkedOut(made_of="facts", what="time left until the next update", lines=crls.validity_left),
    "crl-publication-interval": WorkedOut(
        made_of="facts", what="time from one CRL to the next", lines=crls.publication_interval
    ),
    "crl-publication-overdue": WorkedOut(
        made_of="facts", what="how late the next CRL is", lines=crls.publication_overdue
    ),
    "url-availability": WorkedOut(
        made_of="facts",
        what="share of the known time in which a URL answered as it must",
        lines=states.url_availability,
    ),
    "findings-open": WorkedOut(made_of="findings", what="findings that were open", lines=states.findings_open),
    "sign-in-failures": WorkedOut(
        made_of="facts", what="failed sign-ins that AD FS wrote of", lines=states.sign_in_failures
    ),
    "events": WorkedOut(made_of="facts", what="event log records", lines=states.events),
    "agent-heard": WorkedOut(
        made_of="facts",
        what="share of the time in which the agent was heard of",
        lines=states.agent_heard,
    ),
}
