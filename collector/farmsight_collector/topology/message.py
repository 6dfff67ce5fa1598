"""The graph to and from the wire."""

from farmsight_collector.topology.graph import Edge, Graph, Layer, Node
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, CONTEXT_NAMES


def to_message(graph: Graph, response: query_pb2.GetTopologyResponse) -> None:
    """Fill a response with the graph."""
    response.farm = graph.farm
    for node in graph.nodes:
        response.nodes.add(
            id=node.id,
            kind=node.kind,
            label=node.label,
            role=node.role,
            state=node.state,
            layer=node.layer,
            findings=node.findings,
            detail=node.detail,
            members=node.members,
        )
    for edge in graph.edges:
        message = response.edges.add(
            to=edge.target,
            kind=edge.kind,
            context=CONTEXT_BY_NAME[edge.context],
            state=edge.state,
            detail=edge.detail,
            latency_ms=edge.latency_ms,
        )
        setattr(message, "from", edge.source)  # a word of Python, so not an argument


def from_message(response: query_pb2.GetTopologyResponse) -> Graph:
    """Return the graph of a response."""
    return Graph(
        farm=response.farm,
        nodes=tuple(
            Node(
                id=node.id,
                kind=node.kind,
                label=node.label,
                role=node.role,
                state=node.state,
                layer=Layer(node.layer),
                findings=tuple(node.findings),
                detail=node.detail,
                members=tuple(node.members),
            )
            for node in response.nodes
        ),
        edges=tuple(
            Edge(
                source=getattr(edge, "from"),
                target=edge.to,
                kind=edge.kind,
                context=CONTEXT_NAMES[edge.context],
                state=edge.state,
                detail=edge.detail,
                latency_ms=edge.latency_ms,
            )
            for edge in response.edges
        ),
    )
