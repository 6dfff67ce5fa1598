"""What servers have and have not, side by side."""

from collections.abc import Iterator, Sequence
from typing import Final

from farmsight_collector.correlate.peers import UNKNOWN, compare
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.model.words import describe
from farmsight_collector.queries import messages
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_NAME, KINDS, part_of

# What is each server's own by its nature; shown only when asked for by kind.
_OWN = ("host", "clock", "listener", "event", "agent", "adfs-sync", "wap-trust-certificate", "tls-endpoint")


def answer(farm: Farm, request: query_pb2.CompareRequest) -> query_pb2.CompareResponse:
    """Return a row for each fact that any of the servers has."""
    servers = _servers(farm, request)
    response = query_pb2.CompareResponse(
        farm=farm.name, as_of=messages.stamp(farm.as_of), servers=[server.name for server in servers]
    )
    kinds = [request.kind] if request.kind else [kind.name for kind in KINDS if kind.name not in _OWN]
    for kind in kinds:
        for row in _rows(kind, servers):
            if row.differs or not request.only_differences:
                response.facts.append(row)
    return response


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


def _rows(kind: str, servers: Sequence[Server]) -> Iterator[query_pb2.ComparedFact]:
    identities = {(held.context, held.key) for server in servers for held in server.facts.get(kind, ())}
    for context, key in sorted(identities, key=lambda one: (one[0] or "", one[1])):
        values = {server.name: _value(server, kind, context, key) for server in servers}
        compared = compare(
            {name: UNKNOWN if v.state == "unknown" else (v.state, v.digest) for name, v in values.items()}
        )
        for name in compared.odd:
            values[name].odd = True
        yield query_pb2.ComparedFact(
            kind=kind,
            context=CONTEXT_BY_NAME[context],
            key=key,
            values=values.values(),
            differs=compared.differs,
        )


def _value(server: Server, kind: str, context: str | None, key: str) -> query_pb2.ComparedValue:
    answer = server.ask(kind, part=part_of(KIND_BY_NAME[kind], key), context=context)
    held: Held | None = next((one for one in answer.facts if one.key == key), None)
    if held is not None:
        return query_pb2.ComparedValue(
            server=server.name, state="present", digest=substance(held).hex(), text=describe(held.fact)
        )
    state = "unknown" if answer.knowledge is Knowledge.UNKNOWN else "absent"
    return query_pb2.ComparedValue(server=server.name, state=state)


def substance(held: Held) -> bytes:
    """Return what two servers are compared by: the value without what is each server's own by its nature."""
    value = type(held.value)()
    value.CopyFrom(held.value)
    for name in _INCIDENTAL.get(held.kind, ()):
        value.ClearField(name)
    return bytes(value.SerializeToString(deterministic=True))


_INCIDENTAL: Final[dict[str, tuple[str, ...]]] = {
    "service": ("process_id",),
    "retrieval": ("hops", "took", "dns_addresses", "named_by", "detail", "system_error"),
    "store-certificate": ("has_private_key", "friendly_name"),
    "tls-binding": ("data_source", "raw_check_mode", "raw_flags"),
    "url-reservation": ("data_source",),
}
