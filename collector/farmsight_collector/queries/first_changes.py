"""First changes that were worked out already: a page shows those at once, and asks for the others afterwards.

What preceded a finding is found by asking its rule at instants of the past.
That takes as long as a dozen evaluations, and its answer hardly ever changes:
only when an agent that was away brings what it saw then.
"""

import weakref
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy.engine import Connection, Engine

from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.queries.preceded import with_first_changes
from farmsight_collector.rules.engine import Finding, FirstChange
from farmsight_collector.store.findings import findings_as_of

KEPT: Final = 5000  # of all farms of one store
GOOD_FOR: Final = timedelta(minutes=10)
_Key = tuple[str, str, datetime]  # farm, finding, when it opened (where nobody watched: the instant asked for)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A picture with the first changes that are known, and the causes (ids) that were not looked at."""

    picture: Evaluated
    missing: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Known:
    change: FirstChange | None
    since: datetime | None
    as_of: datetime


class _Kept:
    def __init__(self) -> None:
        self.lock = Lock()
        self.held: OrderedDict[_Key, _Known] = OrderedDict()


_kept: "weakref.WeakKeyDictionary[Engine, _Kept]" = weakref.WeakKeyDictionary()


def with_known(connection: Connection, picture: Evaluated, opened: dict[str, datetime] | None = None) -> Looked:
    """Return the picture with what is known without looking; `opened` by finding, where it was read before."""
    since = _opened(connection, picture) if opened is None else opened
    findings, missing = [], set()
    for one in picture.evaluation.findings:
        known = _known(connection.engine, _key(picture, one, since), picture.farm.as_of)
        if one.caused_by is None and known is None:
            missing.add(one.id)
        findings.append(one if known is None else _with(one, known))
    evaluation = replace(picture.evaluation, findings=tuple(findings))
    return Looked(picture=replace(picture, evaluation=evaluation), missing=frozenset(missing))


def looked_for(connection: Connection, picture: Evaluated, only: str = "") -> Evaluated:
    """Return the picture with the first change of each cause, or of one finding; what was not known is worked out."""
    opened = _opened(connection, picture)
    engine, at = connection.engine, picture.farm.as_of
    wanted = [
        one
        for one in picture.evaluation.findings
        if only in ("", one.id) and one.caused_by is None and _known(engine, _key(picture, one, opened), at) is None
    ]
    if wanted:
        asked = replace(picture, evaluation=replace(picture.evaluation, findings=tuple(wanted)))
        for one in with_first_changes(connection, asked).evaluation.findings:
            _keep(engine, _key(picture, one, opened), _Known(change=one.first_change, since=one.since, as_of=at))
    return with_known(connection, picture, opened).picture


def _opened(connection: Connection, picture: Evaluated) -> dict[str, datetime]:
    return {row.id: row.opened for row in findings_as_of(connection, picture.farm.name, picture.farm.as_of)}


def _key(picture: Evaluated, one: Finding, opened: dict[str, datetime]) -> _Key:
    return picture.farm.name, one.id, opened.get(one.id, picture.farm.as_of)


def _with(one: Finding, known: _Known) -> Finding:
    return one if known.change is None else replace(one, first_change=known.change, since=known.since)


def _known(engine: Engine, key: _Key, at: datetime) -> _Known | None:
    kept = _kept.setdefault(engine, _Kept())
    with kept.lock:
        found = kept.held.get(key)
        return found if found is not None and abs(at - found.as_of) < GOOD_FOR else None


def _keep(engine: Engine, key: _Key, known: _Known) -> None:
    kept = _kept.setdefault(engine, _Kept())
    with kept.lock:
        kept.held[key] = known
        kept.held.move_to_end(key)
        while len(kept.held) > KEPT:
            kept.held.popitem(last=False)
