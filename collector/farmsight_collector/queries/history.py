"""What was so, from when until when: of a farm, or of one thing in it that somebody names."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.clock import from_timestamp
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_collector.queries.about import About, understood
from farmsight_collector.queries.findings import DEFAULT_PAGE, LARGEST_PAGE, first_of_page
from farmsight_collector.rules.rule import Severity
from farmsight_collector.store.finding_changes import Step, steps
from farmsight_collector.store.findings import FindingRow, opened_before
from farmsight_collector.store.history import Interval, Wanted, intervals
from farmsight_wire.v1 import facts_pb2, query_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

DEFAULT_SPAN = timedelta(days=7)
_TICK: Final = timedelta(microseconds=1)
_WITH_CERTIFICATES: Final = (
    *("store-certificate", "store-crl", "store-ctl", "tls-binding", "tls-endpoint", "adfs-certificate", "adfs-trust"),
    *("adfs-authentication-provider", "wap-configuration", "wap-application", "wap-trust-certificate"),
    *("entra-authority", "entra-domain", "given-certificate", "chain-verdict"),
)
_WITH_URLS: Final = ("retrieval", "url-cache", "url-reservation", "url-registration")
_WITH_BINDINGS: Final = ("tls-binding", "tls-endpoint", "listener", "url-reservation", "url-registration")


def answer(
    connection: Connection, farm: str, at: datetime, request: query_pb2.ListHistoryRequest
) -> query_pb2.ListHistoryResponse:
    """Return one page of intervals, newest first; of a finding its life, and no facts."""
    if request.kind and request.kind not in KIND_BY_NAME:
        raise InvalidRequestError(f"kind: there is no kind '{request.kind}'")
    about = understood(connection, farm, request.about) if request.about else None
    wanted = _wanted(farm, at, request, about)
    if about is not None and about.what == "finding":
        spells = _spells(connection, wanted, about.name)
        return query_pb2.ListHistoryResponse(farm=farm, findings=spells, about=about.what)
    first = first_of_page(request.page_token)
    size = min(request.page_size or DEFAULT_PAGE, LARGEST_PAGE)
    found = intervals(connection, wanted, skip=first, limit=size + 1)
    more = str(first + size) if len(found) > size else ""
    return query_pb2.ListHistoryResponse(
        farm=farm,
        intervals=map(message, found[:size]),
        next_page_token=more,
        about=about.what if about else "",
    )


def _wanted(farm: str, at: datetime, request: query_pb2.ListHistoryRequest, about: About | None) -> Wanted:
    wanted = Wanted(
        farm=farm,
        begin=begun(request, at, DEFAULT_SPAN),
        end=at,
        server=request.server,
        kind=request.kind,
        key_contains=request.key_contains,
    )
    if about is None or about.what == "finding":
        return wanted
    if about.what == "server":
        return replace(wanted, server=about.name)
    if about.what == "certificate":
        told = (about.name.encode(), bytes.fromhex(about.name))
        return replace(wanted, mentions=told, kinds=_WITH_CERTIFICATES)
    if about.what == "subject":
        return replace(wanted, mentions=(about.name.encode(),), kinds=_WITH_CERTIFICATES)
    kinds = _WITH_URLS if about.what == "url" else _WITH_BINDINGS
    return replace(wanted, key_contains=about.name, kinds=kinds)


def _spells(connection: Connection, wanted: Wanted, name: str) -> list[query_pb2.FindingSpell]:
    """Return when a finding, or each finding of a code, was open, the last first, with what became of it meanwhile."""
    rows = opened_before(connection, wanted.farm, wanted.end, 0, name, LARGEST_PAGE)
    rows = [row for row in rows if row.closed is None or row.closed > wanted.begin]
    spells = []
    for row in sorted(rows, key=lambda one: (one.opened, one.id), reverse=True):
        until = wanted.end if row.closed is None else min(row.closed, wanted.end)
        became = steps(connection, wanted.farm, row.opened - _TICK, until, finding=row.id)
        spells.append(_spell(row, became))
    return spells


def _spell(row: FindingRow, became: Sequence[Step]) -> query_pb2.FindingSpell:
    return query_pb2.FindingSpell(
        id=row.id,
        code=row.code,
        severity=messages.SEVERITIES[Severity(row.severity)],
        subject=row.subject,
        title=row.payload["title"],
        servers=row.payload["servers"],
        opened=messages.stamp(row.opened),
        closed=messages.stamp(row.closed),
        since=messages.stamp(row.since),
        steps=[
            query_pb2.FindingStep(
                at=messages.stamp(one.at),
                change=one.change,
                severity=messages.SEVERITIES[Severity(one.severity)],
                title=one.title,
                servers=one.servers,
            )
            for one in reversed(became)
        ],
    )


def beginning(request: object, otherwise: datetime) -> datetime:
    """Return a request's field `from`, a word of Python, or another instant when it is not set.

    Raises InvalidRequestError for what is no time.
    """
    stamp = getattr(request, "from")
    try:
        return from_timestamp(stamp) if stamp.seconds or stamp.nanos else otherwise
    except ValueError as error:
        raise InvalidRequestError(f"from: {error}") from error


def begun(request: object, at: datetime, span: timedelta) -> datetime:
    """Return where a span that ends at an instant begins; raises InvalidRequestError for one that ends before."""
    begin = beginning(request, at - span)
    if begin > at:
        raise InvalidRequestError(f"from: {begin:%Y-%m-%d %H:%MZ} is after the end of the span, {at:%Y-%m-%d %H:%MZ}")
    return begin


def message(interval: Interval) -> query_pb2.FactInterval:
    """Return an interval as a message."""
    fact = facts_pb2.Fact.FromString(interval.value)
    return query_pb2.FactInterval(
        server=interval.server,
        kind=interval.kind,
        context=fact.context,
        key=interval.key,
        began=messages.stamp(interval.began),
        ended=messages.stamp(interval.ended),
        text=describe(fact),
        digest=interval.digest.hex(),
        fact=fact,
    )
