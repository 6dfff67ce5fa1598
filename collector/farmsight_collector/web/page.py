"""What a page of the web is: a path, a template, and a pure-looking function from what is asked to what is shown.

A page module holds one `PAGE` (or `PART`, a piece that a page loads later)
and, where people may change something, `ACTIONS`. `web/registry.py` lists
them. Everything about signing in, roles, CSRF, headers, live reload and
errors is the server's business, never a page's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.engine import Connection

from farmsight_collector.clock import Clock
from farmsight_collector.config import Config
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.store.engine import Store

Role = Literal["viewer", "operator", "admin"]  # each may do what those before it may


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks: a name for the audit, and what this person may do."""

    name: str
    role: Role


class Parameters(Protocol):
    """What stands after the question mark; a value that is none raises InvalidRequestError, which names it."""

    def text(self, name: str, default: str = "") -> str:
        """Return a text, cut to a bound."""

    def texts(self, name: str) -> Sequence[str]:
        """Return every value of a parameter that may be repeated."""

    def one_of(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return one of some words."""

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""

    def flag(self, name: str) -> bool:
        """Tell whether a parameter is there and is not "0"."""

    def instant(self, name: str) -> datetime | None:
        """Return an instant, absolute ("2026-11-23T10:00Z") or relative ("-2h"), or None where it is not said."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What pages ask with: the parts of the collector that they may use."""

    store: Store
    clock: Clock
    config: Config


class Asked(Protocol):
    """One question of one person to a page."""

    person: Person
    desk: Desk
    connection: Connection  # sees one instant of the store throughout; for reading
    path: Mapping[str, str]  # the placeholders of the page's path
    parameters: Parameters
    farm: str  # empty on pages that belong to no farm
    at: datetime  # the instant asked for
    live: bool  # no instant was asked for: `at` is now, and the page renews itself

    def evaluated(self) -> Evaluated:
        """Return the farm and its findings as of `at`; worked out once for equal questions about an equal store."""

    def evaluated_at(self, at: datetime) -> Evaluated:
        """Return the same for another instant."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file that a part gives in place of values."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Page:
    """One view, such as `/farms/{farm}/topology`. `values` runs in a thread and returns what the template shows."""

    name: str
    title: str
    path: str
    template: str  # in web/templates; extends layout.html.j2
    values: Callable[[Asked], Mapping[str, object]]
    role: Role = "viewer"
    key: str = ""  # pressed after "g", goes there
    navigated: bool = True  # stands in the navigation of a farm (or of the collector, without {farm} in its path)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a page that is loaded on its own: the hops of one cell, the facts of one node."""

    name: str
    path: str
    template: str  # extends nothing
    values: Callable[[Asked], Mapping[str, object] | Download]
    role: Role = "viewer"


class Acting(Protocol):
    """One wish of one person to change something; CSRF and role are checked already."""

    person: Person
    desk: Desk
    path: Mapping[str, str]
    farm: str
    form: Parameters
    files: Mapping[str, bytes]  # uploaded, each within a bound


@dataclass(frozen=True, kw_only=True)
class Action:
    """A POST. `perform` does it in a thread, writes the audit record, and returns the path to go to."""

    name: str
    path: str
    role: Role
    perform: Callable[[Acting], str]
