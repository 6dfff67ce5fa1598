"""The graph as data: nodes in layers, edges with their state per context."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from farmsight_collector.rules.engine import Evaluation, Finding
from farmsight_collector.rules.rule import Severity


class Layer(IntEnum):
    """From the user to the tenant, left to right; the order never changes."""

    CLIENT = 0
    VIP = 1
    PROXY = 2
    ADFS = 3
    AUTHORITY = 4
    HOST = 5
    TENANT = 6


@dataclass(frozen=True, kw_only=True)
class Node:
    """One thing on the map; `state` is ok, info, warning, error, critical, unknown or stale.

    A node that stands for several has their ids as `members`. A balancer
    behind the proxies is a vip in the layer of the AD FS nodes.
    """

    id: str
    kind: str  # client, vip, server, ca, host, url, tenant, group
    label: str
    layer: Layer
    role: str = ""
    state: str = "ok"
    findings: tuple[str, ...] = ()  # ids
    detail: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One relation; `state` is ok, error, unknown or stale."""

    source: str
    target: str
    # signs-in, looks-at, proxies, syncs, trusts, fetches-crl, fetches-delta, fetches-aia, asks-ocsp, issued-by,
    # publishes-at
    kind: str
    context: str | None = None
    state: str = "unknown"
    detail: str = ""
    latency_ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The whole map of one farm as of an instant."""

    farm: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def node(self, node_id: str) -> Node:
        """Return a node by id; raises KeyError."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def out_of(self, node_id: str, *kinds: str) -> tuple[Edge, ...]:
        """Return the edges that leave a node, of these kinds or of all."""
        return tuple(e for e in self.edges if e.source == node_id and (not kinds or e.kind in kinds))


# From what asks for attention first to what asks for none: what is proven to fail stands before what is not known.
STATES: Final = ("critical", "error", "warning", "unknown", "stale", "info", "ok")


def worst(states: Iterable[str]) -> str:
    """Return the state among these that asks for attention first; unknown where there is none."""
    return min(states, key=STATES.index, default="unknown")


def worst_state(findings: Iterable[Finding], *, known: bool) -> str:
    """Return the state of a node with these findings; unknown only when nothing worse is proven."""
    worst = max((finding.severity for finding in findings), default=None)
    if worst is not None and worst >= Severity.WARNING:
        return worst.word
    return "ok" if known else "unknown"


def findings_on(evaluation: Evaluation, server: str) -> tuple[Finding, ...]:
    """Return the findings that name a server."""
    return tuple(finding for finding in evaluation.findings if server in finding.servers)
