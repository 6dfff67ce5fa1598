"""Who fetches what from where: hosts (or each of their URLs), and an edge for each account and purpose."""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.outcomes import NOT_TRIED
from farmsight_collector.pki.told import plain
from farmsight_collector.topology.doubts import doubt
from farmsight_collector.topology.graph import Edge, Layer, Node, worst
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

Latency = Callable[[str, str | None, str], float]  # server, context, retrieval key -> milliseconds, 0 = not measured

KINDS: Final = {"crl": "fetches-crl", "delta": "fetches-delta", "aia": "fetches-aia", "ocsp": "asks-ocsp"}
# ldap:///CN=... names no host: Windows asks a domain controller of its own choice (MS-ADTS, serverless binding).
DIRECTORY: Final = "directory"


def place(url: str, apart: Collection[str] = ()) -> str:
    """Return the id of the node at which a URL stands; nothing where it names no place."""
    host = host_of(url)
    if not host:
        return f"host:{DIRECTORY}" if url.lower().startswith("ldap:///") else ""
    return f"url:{url}" if f"host:{host}" in apart else f"host:{host}"


def host_nodes(farm: Farm, apart: Collection[str]) -> Iterator[Node]:
    """Yield the hosts of all URLs; those that are to be taken apart as their URLs."""
    states: dict[str, list[str]] = {}
    urls: dict[str, set[str]] = {}
    for server in farm.servers:
        for held in server.facts.get("retrieval", ()):
            node = place(held.value.url, apart)
            if node:
                states.setdefault(node, []).append(_state(server, held))
                urls.setdefault(node, set()).add(held.value.url)
    for node, seen in states.items():
        count = len(urls[node])
        yield Node(
            id=node,
            kind=node.partition(":")[0],
            label=_label(node),
            layer=Layer.HOST,
            state=_of_all(seen),
            detail=f"{count} URL{'' if count == 1 else 's'}" if node.startswith("host:") else "",
        )


def _label(node: str) -> str:
    kind, _, name = node.partition(":")
    if kind == "url":
        return name.rstrip("/").rpartition("/")[2].partition("?")[0] or name
    return "directory (LDAP)" if name == DIRECTORY else name


def _of_all(states: list[str]) -> str:
    """Return warning where a place serves some and fails others: then it is not the place alone."""
    tried = {state for state in states if state in ("ok", "error")}
    return "warning" if len(tried) > 1 else worst(tried or set(states))


def _state(server: Server, held: Held) -> str:
    why = doubt(server, "retrieval", held.context)
    if why:
        return why[0]
    outcome = plain(held.value).outcome
    if outcome in NOT_TRIED:
        return "unknown"
    return "ok" if outcome == facts_pb2.RETRIEVAL_OUTCOME_OK else "error"


def fetch_edges(server: Server, latency: Latency, apart: Collection[str]) -> Iterator[Edge]:
    """Yield an edge for each place, purpose and account."""
    grouped: dict[tuple[str, str, str], list[Held]] = {}
    for held in server.facts.get("retrieval", ()):
        node = place(held.value.url, apart)
        if node and held.value.purpose in PURPOSE_NAMES:
            kind = KINDS[PURPOSE_NAMES[held.value.purpose]]
            grouped.setdefault((node, kind, held.context or ""), []).append(held)
    for (node, kind, context), rows in sorted(grouped.items()):
        why = doubt(server, "retrieval", context or None)
        states = [_state(server, held) for held in rows]
        tried = [state for state in states if state in ("ok", "error")]
        times = [ms for held in rows if (ms := latency(server.name, context or None, held.key))]
        yield Edge(
            source=f"server:{server.name}",
            target=node,
            kind=kind,
            context=context or None,
            state=worst(tried or states),
            detail=why[1] if why else f"{states.count('ok')} of {len(rows)}",
            latency_ms=0.0 if why else max(times, default=0.0),
        )
