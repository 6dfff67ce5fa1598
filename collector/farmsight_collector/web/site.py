"""What all requests stand on, and who makes one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.identity.people import Entrance, csrf_token, may
from farmsight_collector.ingest.bounds import CallRates
from farmsight_collector.store.people import Session
from farmsight_collector.web.addresses import Names
from farmsight_collector.web.evaluations import Evaluations
from farmsight_collector.web.live import Live
from farmsight_collector.web.page import Action, Desk, Page, Part, Person, Role
from farmsight_collector.web.threads import Threads

RENEWAL: Final = "farmsight-renewal"  # a header: the page asks by itself, nobody did anything


@dataclass(frozen=True, kw_only=True)
class Site:
    """The parts of the collector that serve people."""

    desk: Desk
    evaluations: Evaluations
    entrance: Entrance
    live: Live
    watcher: Watcher
    threads: Threads
    rates: CallRates
    names: Names
    cookie: str
    pages: Sequence[Page]
    parts: Sequence[Part]
    actions: Sequence[Action]

    def page(self, name: str) -> Page | Part | Action:
        """Return what has this name; raises KeyError."""
        every: tuple[Page | Part | Action, ...] = (*self.pages, *self.parts, *self.actions)
        for one in every:
            if one.name == name:
                return one
        raise KeyError(f"there is no page, part or action {name!r}")


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who makes a request."""

    session: Session
    person: Person
    csrf: str = field(repr=False)

    def may(self, role: Role) -> bool:
        """Tell whether this person may do what a role may."""
        return may(self.person.role, role)


def visitor(site: Site, request: Request) -> Visitor | None:
    """Return who makes a request, None when nobody signed in; in a thread. Raises StoreError."""
    secret = request.cookies.get(site.cookie, "")
    session = site.entrance.find(secret, used=RENEWAL not in request.headers)
    if session is None:
        return None
    role: Role = "admin" if session.role == "admin" else "operator" if session.role == "operator" else "viewer"
    return Visitor(session=session, person=Person(name=session.name, role=role), csrf=csrf_token(secret))


def client(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else "unknown"
