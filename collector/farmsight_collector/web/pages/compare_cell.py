"""One cell of a comparison: the facts of both sides field by field, each with its history."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from google.protobuf.message import Message

from farmsight_collector.clock import micros
from farmsight_collector.correlate.alike import Line, fields_of, line_of
from farmsight_collector.correlate.change_words import told
from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.model.view import Held
from farmsight_collector.model.words import describe
from farmsight_collector.rules.engine import Finding
from farmsight_collector.shown import fields
from farmsight_collector.shown.alike import row_id
from farmsight_collector.store.history import Interval, Wanted, intervals
from farmsight_collector.store.turns import Turn
from farmsight_collector.web.page import Asked, Part
from farmsight_collector.web.pages.compare_sides import Side, compared
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.facts_pb2 import Fact
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NUMBER, CONTEXT_NAMES, KIND_BY_NAME

BACK: Final = timedelta(days=30)
SHOWN: Final = 12  # changes of one side
_READ: Final = 200


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value over one interval, and what was changed as it began."""

    began: datetime
    ended: datetime | None
    context: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One side: what it has in words, those that have the same, and how it came."""

    server: str
    of: str  # the server whose fact is shown, where the side is a farm
    state: str
    text: str
    others: tuple[str, ...]
    history: tuple[Change, ...]


def values(asked: Asked) -> Mapping[str, object]:
    """Return the cell that `open` names: SERVER/KIND/ROW. Raises InvalidRequestError, NotFoundError."""
    return {"one": opened(asked)}


def opened(asked: Asked) -> Mapping[str, object]:
    """Return the same, for the page that shows it beside the table."""
    name, kind, own = _named(asked.parameters.text("open"))
    whole = compared(asked, kind=kind, everything=True)
    row = _row(whole.rows, kind, own)
    mine = next((one for one in row.values if one.server == name), None)
    if mine is None:
        raise NotFoundError(f"{name} is not among what is compared")
    shown = [one for one in (mine, _other(row, mine)) if one is not None]
    context = CONTEXT_NAMES[row.context]
    held = [_held(whole.side(one.server), kind, context, row.key) for one in shown]
    return {
        "kind": kind,
        "key": row.key,
        "context": context or "",
        "line": _line(kind, row.key),
        "row": row,
        "severity": query_pb2.Severity.Name(row.severity).removeprefix("SEVERITY_").lower() if row.severity else "",
        "sides": [_side(asked, row, one, whole.side(one.server), its) for one, its in zip(shown, held, strict=True)],
        "fields": fields.side_by_side(*[_message(its) for its in held], *([None] * (2 - len(held)))),
        "findings": list(_findings(asked.evaluated().evaluation.findings, [h for its in held for h in its])),
        "back": BACK.days,
    }


def _named(text: str) -> tuple[str, str, str]:
    server, _, rest = text.partition("/")
    kind, _, row = rest.partition("/")
    if not server or not row or kind not in KIND_BY_NAME:
        raise InvalidRequestError("open: SERVER/KIND/ROW, as the cells of the table have it")
    return server, kind, row


def _row(rows: Iterable[query_pb2.ComparedFact], kind: str, own: str) -> query_pb2.ComparedFact:
    for row in rows:
        if row_id(kind, CONTEXT_NAMES[row.context] or "", row.key) == own:
            return row
    raise NotFoundError("nobody had this fact by then")


def _other(row: query_pb2.ComparedFact, mine: query_pb2.ComparedValue) -> query_pb2.ComparedValue | None:
    """Return who stands on the other side: one of those that have what most of the others have."""
    apart = [one for one in row.values if (one.state, one.digest) != (mine.state, mine.digest)]
    known = [one for one in apart if one.state in ("present", "absent")] or apart
    by_value: dict[tuple[str, str], list[query_pb2.ComparedValue]] = {}
    for one in known:
        by_value.setdefault((one.state, one.digest), []).append(one)
    return max(by_value.values(), key=len)[0] if by_value else None


def _held(side: Side | None, kind: str, context: str | None, key: str) -> tuple[Held, ...]:
    """Return the facts that a row is about: of one key, or of all accounts, or the kind's one fact."""
    its = tuple(held for server in (side.servers if side else ()) for held in server.facts.get(kind, ()))
    exact = tuple(h for h in its if h.key == key and h.context == context)
    return exact or tuple(h for h in its if h.key == key) or (its[:1] if _of_field(kind, key) else ())


def _of_field(kind: str, key: str) -> bool:
    """Tell whether a row is about one field of the kind's one fact."""
    return any(line.what == key for line in fields_of(kind))


def _message(held: Sequence[Held]) -> Message | None:
    return held[0].value if held else None


def _line(kind: str, key: str) -> Line | None:
    return next((line for line in fields_of(kind) if line.what == key), None) or line_of(kind, key)


def _side(
    asked: Asked, row: query_pb2.ComparedFact, one: query_pb2.ComparedValue, side: Side | None, held: Sequence[Held]
) -> Shown:
    alike = tuple(v.server for v in row.values if (v.state, v.digest) == (one.state, one.digest))
    server = held[0].server if held else (side.servers[0].name if side and len(side.servers) == 1 else "")
    return Shown(
        server=one.server,
        of=server if server != one.server else "",
        state=one.state,
        text=one.text,
        others=tuple(name for name in alike if name != one.server),
        history=tuple(_history(_intervals(asked, row, side, server))) if side is not None and server else (),
    )


def _intervals(asked: Asked, row: query_pb2.ComparedFact, side: Side, server: str) -> list[Interval]:
    field, context = _of_field(row.kind, row.key), CONTEXT_NAMES[row.context]
    wanted = Wanted(
        farm=side.farm.name,
        begin=side.at - BACK,
        end=side.at,
        server=server,
        kind=row.kind,
        key_contains="" if field else row.key,
    )
    found = intervals(asked.connection, wanted, skip=0, limit=_READ)
    exact = [one for one in found if field or one.key == row.key]
    return [one for one in exact if context is None or CONTEXT_BY_NUMBER.get(one.context) == context]


def _history(found: Sequence[Interval]) -> Iterator[Change]:
    """Yield the intervals, the last first, each with what changed as it began; of the first nobody knows that."""
    for at, one in enumerate(found[:SHOWN]):
        before = next((i for i in found[at + 1 :] if (i.key, i.context) == (one.key, one.context)), None)
        context = CONTEXT_BY_NUMBER.get(one.context)
        turn = Turn(
            server=one.server,
            kind=one.kind,
            context=context,
            key=one.key,
            at=one.began,
            before=before.value if before is not None and before.ended == one.began else None,
            after=one.value,
        )
        text = describe(Fact.FromString(one.value)) if before is None else told(turn)
        yield Change(began=one.began, ended=one.ended, context=context or "", text=text or "present")


def _findings(found: Sequence[Finding], held: Sequence[Held]) -> Iterator[Finding]:
    names = {(h.server, h.kind, h.context, h.key, micros(h.began)) for h in held}
    for one in found:
        if any((h.server, h.kind, h.context, h.key, micros(h.began)) in names for h in one.evidence):
            yield one


PART = Part(
    name="compare-cell",
    path="/farms/{farm}/compare/cell",
    template="compare_cell.html.j2",
    values=values,
)
