"""What servers have and have not, side by side, and what it means where they should be alike."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeAlias

from google.protobuf.message import Message

from farmsight_collector.correlate.alike import Expectation, fields_of, line_of
from farmsight_collector.correlate.cells import Cell, Weighed
from farmsight_collector.correlate.differences import weigh
from farmsight_collector.correlate.peers import UNKNOWN, compare
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_collector.queries.apart import NOT_APPLICABLE, by_place, fields
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME, KINDS, part_of

_Index: TypeAlias = dict[tuple[str, str | None, str], Held]  # by server, context and key

# What is each server's own by its nature; shown only when asked for by kind.
_OWN = ("host", "clock", "listener", "event", "agent", "adfs-sync", "wap-trust-certificate", "tls-endpoint")


def answer(farm: Farm, request: query_pb2.CompareRequest) -> query_pb2.CompareResponse:
    """Return a row for each fact that any of the servers has, with what is expected of it and what a difference means.

    Rows of single fields (the build of a host) and of all accounts together (what
    one URL serves) stand beside those of whole facts. Raises InvalidRequestError.
    """
    servers = _servers(farm, request)
    response = query_pb2.CompareResponse(
        farm=farm.name, as_of=messages.stamp(farm.as_of), servers=[server.name for server in servers]
    )
    kinds = [request.kind] if request.kind else [kind.name for kind in KINDS]
    for kind in kinds:
        whole = _rows(farm, kind, servers) if request.kind or kind not in _OWN else ()
        for row in (*_apart(farm, kind, servers), *whole):
            if _amiss(row) or not request.only_differences:
                response.facts.append(row)
    return response


def _amiss(row: query_pb2.ComparedFact) -> bool:
    """Tell whether a row is worth a look: what should differ by its nature is not for that it does."""
    must = row.expectation == Expectation.MUST_DIFFER.value
    return bool(row.severity) if must else row.differs


def _servers(farm: Farm, request: query_pb2.CompareRequest) -> Sequence[Server]:
    if request.kind and request.kind not in KIND_BY_NAME:
        raise InvalidRequestError(f"kind: there is no kind '{request.kind}'")
    named = {server.name.lower(): server for server in farm.servers}
    missing = [name for name in request.servers if name.lower() not in named]
    if missing:
        raise InvalidRequestError(f"servers: the farm has no {', '.join(missing)}; it has {', '.join(named) or 'none'}")
    if request.servers:
        return [named[name.lower()] for name in request.servers]
    return farm.of_role(request.role) if request.role else farm.servers


def _rows(farm: Farm, kind: str, servers: Sequence[Server]) -> Iterator[query_pb2.ComparedFact]:
    index: _Index = {(s.name, held.context, held.key): held for s in servers for held in s.facts.get(kind, ())}
    identities = {(context, key) for _, context, key in index}
    for context, key in sorted(identities, key=lambda one: (one[0] or "", one[1])):
        cells = _cells(servers, kind, context, key, index)
        line = line_of(kind, key)
        yield _row(kind, context, key, cells, weigh(farm, line, cells) if line else None)


def _apart(farm: Farm, kind: str, servers: Sequence[Server]) -> Iterator[query_pb2.ComparedFact]:
    """Yield the rows of single fields, and of what one URL serves to all accounts."""
    for line in fields_of(kind):
        cells = fields(line, servers)
        if any(cell.held for cell in cells):
            yield _row(kind, None, line.what, cells, weigh(farm, line, cells))
    if kind == "retrieval":
        for key, cells, weighed in by_place(servers):
            yield _row(kind, None, key, cells, weighed)


def _row(
    kind: str, context: str | None, key: str, cells: Sequence[Cell], weighed: Weighed | None
) -> query_pb2.ComparedFact:
    compared = compare(
        {c.server.name: UNKNOWN if c.state in _NO_VALUE else (c.state, c.digest) for c in cells},
    )
    row = query_pb2.ComparedFact(
        kind=kind,
        context=CONTEXT_BY_NAME[context],
        key=key,
        differs=compared.differs or bool(weighed and weighed.severity),
    )
    for cell in cells:
        name = cell.server.name
        row.values.add(server=name, state=cell.state, digest=cell.digest, text=cell.text, odd=name in compared.odd)
    if weighed is not None:
        row.expectation = weighed.expectation.value
        row.meaning = weighed.meaning
        row.severity = messages.SEVERITIES[weighed.severity] if weighed.severity else row.severity
    return row


def _cells(servers: Sequence[Server], kind: str, context: str | None, key: str, index: _Index) -> list[Cell]:
    part = part_of(KIND_BY_NAME[kind], key)
    answers = [(server, server.ask(kind, part=part, context=context)) for server in servers]
    found = [
        (server, its.knowledge, index.get((server.name, context, key)) if its.knowledge is Knowledge.KNOWN else None)
        for server, its in answers
    ]
    distinct = {id(held.fact): held for _, _, held in found if held is not None}  # most servers hold the very same
    untold = _told_by_some([held.value for held in distinct.values()])
    said = {name: (substance(h, without=untold).hex(), describe(h.fact)) for name, h in distinct.items()}
    return [_cell(server, knowledge, held, said) for server, knowledge, held in found]


def _cell(server: Server, knowledge: Knowledge, held: Held | None, said: Mapping[int, tuple[str, str]]) -> Cell:
    if held is not None:
        digest, text = said[id(held.fact)]
        return Cell(server=server, state="present", digest=digest, text=text, held=held)
    if knowledge is Knowledge.NOT_APPLICABLE:
        return Cell(server=server, state=NOT_APPLICABLE, text=NOT_APPLICABLE)
    return Cell(server=server, state="unknown" if knowledge is Knowledge.UNKNOWN else "absent")


def _told_by_some(values: Sequence[Message]) -> set[str]:
    """Return the fields that one server's source tells and another's does not: they show no difference."""
    fields = values[0].DESCRIPTOR.fields if values else ()
    return {field.name for field in fields if len({_tells(value, field) for value in values}) > 1}


def _tells(value: Message, field: Any) -> bool:  # noqa: ANN401 - a descriptor, of whichever implementation
    """Tell whether a value speaks of a field; plain texts and numbers always do, also when empty."""
    if field.is_repeated or field.type == field.TYPE_MESSAGE:
        return True
    if field.enum_type is not None:
        word = field.enum_type.values_by_number.get(getattr(value, field.name))
        return word is None or not word.name.endswith(_UNTOLD)
    return not field.has_presence or value.HasField(field.name)


def substance(held: Held, *, without: AbstractSet[str] = frozenset()) -> bytes:
    """Return what two servers are compared by: the value without what is each server's own by its nature.

    `without` names further fields that are left out.
    """
    value = type(held.value)()
    value.CopyFrom(held.value)
    for name in (*_INCIDENTAL.get(held.kind, ()), *without):
        value.ClearField(name)
    for name, others in _STANDS_FOR.get(held.kind, {}).items():
        for other in others if getattr(value, name) else ():
            value.ClearField(other)
    return bytes(value.SerializeToString(deterministic=True))


_UNTOLD: Final = ("_UNSPECIFIED", "_UNKNOWN")
_NO_VALUE: Final = frozenset({"unknown", NOT_APPLICABLE})
# A certificate or CRL whose hash is the key is the same one, however much of it each source shows.
_INCIDENTAL: Final[dict[str, tuple[str, ...]]] = {
    "service": ("process_id", "display_name"),
    "retrieval": (
        *("hops", "took", "dns_addresses", "named_by", "detail", "system_error"),
        *("platform_wire", "platform_cache", "remarks"),
    ),
    "store-certificate": ("certificate", "has_private_key", "friendly_name", "other_origins"),
    "store-crl": ("crl",),
    "adfs-certificate": ("certificate",),
    "entra-authority": ("certificate",),
    "tls-binding": ("data_source", "raw_check_mode", "raw_flags"),
    "url-reservation": ("data_source",),
    "http-timeout": ("data_source",),
    "url-registration": ("process_ids",),
}
# Names of accounts are translated; what stands for them is not.
_STANDS_FOR: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "service": {"account_sid": ("account_name",)},
    "url-reservation": {"sddl": ("trustees",)},
}
