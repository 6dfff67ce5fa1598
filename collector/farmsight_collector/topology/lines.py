"""What is drawn as one line: all edges of one family between two nodes, with a strand for each account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from farmsight_collector.topology.graph import Edge, Graph, worst

FAMILIES: Final[Mapping[str, str]] = {
    "signs-in": "sign-in",
    "looks-at": "sign-in",
    "proxies": "sign-in",
    "syncs": "syncs",
    "trusts": "trusts",
    "fetches-crl": "fetches",
    "fetches-delta": "fetches",
    "fetches-aia": "fetches",
    "asks-ocsp": "fetches",
    "issued-by": "issued-by",
    "publishes-at": "publishes",
}
FAMILY_WORDS: Final[Mapping[str, str]] = {
    "sign-in": "the way of sign-ins",
    "fetches": "CRL, AIA and OCSP retrievals",
    "syncs": "configuration synchronisation",
    "trusts": "trust with the tenant",
    "issued-by": "issued by",
    "publishes": "publishes at",
}
VERBS: Final[Mapping[str, str]] = {
    "signs-in": "signs in through",
    "looks-at": "looks at",
    "proxies": "passes on to",
    "syncs": "syncs from",
    "trusts": "is trusted by",
    "fetches-crl": "fetches CRLs from",
    "fetches-delta": "fetches delta CRLs from",
    "fetches-aia": "fetches CA certificates from",
    "asks-ocsp": "asks by OCSP",
    "issued-by": "is issued by",
    "publishes-at": "publishes at",
}
FETCHED: Final[Mapping[str, str]] = {
    "fetches-crl": "CRLs",
    "fetches-delta": "delta CRLs",
    "fetches-aia": "CA certificates",
    "asks-ocsp": "OCSP",
}
CONTEXTS: Final = ("system", "adfs-service", "network-service", "proxy-service", "caller")  # the order of strands

Key = tuple[str, str, str]  # source, target, family


@dataclass(frozen=True, kw_only=True)
class Strand:
    """The edges of one line that belong to one account, or to none."""

    context: str | None
    edges: tuple[Edge, ...]

    @property
    def state(self) -> str:
        """Return the state that asks for attention first."""
        return worst(edge.state for edge in self.edges)

    @property
    def latency_ms(self) -> float:
        """Return the slowest of the last measured times, 0 where none was measured."""
        return max((edge.latency_ms for edge in self.edges), default=0.0)


@dataclass(frozen=True, kw_only=True)
class Line:
    """All edges of one family from one node to another."""

    key: Key
    strands: tuple[Strand, ...]

    @property
    def source(self) -> str:
        """Return the id of the node where it begins."""
        return self.key[0]

    @property
    def target(self) -> str:
        """Return the id of the node where it ends."""
        return self.key[1]

    @property
    def family(self) -> str:
        """Return its family, as in FAMILIES."""
        return self.key[2]

    @property
    def state(self) -> str:
        """Return the state that asks for attention first."""
        return worst(strand.state for strand in self.strands)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Return the edges of all strands."""
        return tuple(edge for strand in self.strands for edge in strand.edges)


def key_of(edge: Edge) -> Key:
    """Return the key of the line that an edge belongs to."""
    return edge.source, edge.target, FAMILIES.get(edge.kind, "sign-in")


def lines(graph: Graph, contexts: Iterable[str] = ()) -> tuple[Line, ...]:
    """Return the lines of a graph, in an order that only depends on what they are.

    With `contexts`, the strands of other accounts are left out.
    """
    wanted = frozenset(contexts)
    found: dict[Key, dict[str | None, list[Edge]]] = {}
    for edge in graph.edges:
        if not wanted or edge.context is None or edge.context in wanted:
            found.setdefault(key_of(edge), {}).setdefault(edge.context, []).append(edge)
    return tuple(
        Line(
            key=key,
            strands=tuple(
                Strand(context=context, edges=tuple(sorted(strands[context], key=lambda edge: edge.kind)))
                for context in sorted(strands, key=_order)
            ),
        )
        for key, strands in sorted(found.items())
    )


def _order(context: str | None) -> int:
    return CONTEXTS.index(context) if context in CONTEXTS else -1
