"""Farms made by hand: facts in, the same immutable view out that the store builds.

    farm(server("WAP01", "wap", binding, reservation), server("STS01", "adfs"))

Every part that a server's facts touch is covered; more is said with
`observed=` (looked, and there is none), `unknown=` and `not_applicable=`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message

from farmsight_collector.model.view import Coverage, Farm, Held, Server
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_FIELD, KIND_BY_NAME, part_of

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
FARM = "sts.contoso.com"

FIELD_BY_TYPE = {
    field.message_type.full_name: field.name for field in facts_pb2.Fact.DESCRIPTOR.oneofs_by_name["value"].fields
}


def fact(value: Message, key: str, context: str | None = None) -> facts_pb2.Fact:
    """Return a fact around a typed value."""
    made = facts_pb2.Fact(key=key, context=CONTEXT_BY_NAME[context])
    getattr(made, FIELD_BY_TYPE[value.DESCRIPTOR.full_name]).CopyFrom(value)
    return made


def server(
    name: str,
    role: str,
    *facts: facts_pb2.Fact,
    observed: Iterable[tuple[str, str, str | None]] = (),
    unknown: Iterable[tuple[str, str, str | None]] = (),
    not_applicable: Iterable[tuple[str, str, str | None]] = (),
    began: datetime = NOW - timedelta(days=3),
    stale: bool = False,
) -> Server:
    """Return a server; the triples are (probe, part, context)."""
    held: dict[str, list[Held]] = defaultdict(list)
    states: dict[tuple[str, str, str | None], str] = {}
    for one in facts:
        kind = KIND_BY_FIELD[one.WhichOneof("value")]
        context = _context(one)
        states[kind.probe, part_of(kind, one.key), context] = "observed"
        data = one.SerializeToString(deterministic=True)
        held[kind.name].append(
            Held(
                server=name,
                kind=kind.name,
                context=context,
                key=one.key,
                digest=hashlib.sha256(data).digest(),
                fact=one,
                began=began,
            )
        )
    for triples, outcome in ((observed, "observed"), (not_applicable, "not_applicable"), (unknown, "denied")):
        for triple in triples:
            states[triple] = outcome
    coverage = tuple(
        Coverage(
            probe=probe,
            part=part,
            context=context,
            outcome=outcome,
            reason="" if outcome == "observed" else "made-so",
            detail="",
            source="fake",
            began=began,
            covered_until=NOW,
            stale=stale,
        )
        for (probe, part, context), outcome in states.items()
    )
    return Server(
        name=name,
        role=role,
        coverage=coverage,
        facts={kind: tuple(rows) for kind, rows in held.items()},
        last_seen=NOW,
    )


def _context(one: facts_pb2.Fact) -> str | None:
    return next(name for name, value in CONTEXT_BY_NAME.items() if value == one.context)


def farm(*servers: Server, blobs: Iterable[bytes] = (), at: datetime = NOW) -> Farm:
    """Return a farm that holds these blobs."""
    by_hash = {hashlib.sha256(data).digest(): data for data in blobs}
    return Farm(name=FARM, as_of=at, servers=tuple(servers), blob=by_hash.get)


def kinds_of(*names: str) -> tuple[tuple[str, str, str | None], ...]:
    """Return the (probe, part, None) triples of kinds, for `observed=` and the like."""
    return tuple((KIND_BY_NAME[n].probe, KIND_BY_NAME[n].part, None) for n in names)
