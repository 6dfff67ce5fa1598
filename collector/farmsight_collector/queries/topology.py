"""The farm as a graph, with the last measured times on its edges."""

from sqlalchemy.engine import Connection

from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.store.trends import latest
from farmsight_collector.topology.build import build
from farmsight_collector.topology.message import to_message
from farmsight_wire.v1 import query_pb2


def answer(connection: Connection, picture: Evaluated) -> query_pb2.GetTopologyResponse:
    """Return nodes and edges as of the picture's instant."""
    farm = picture.farm
    times = latest(connection, farm.name, "retrieval-duration-ms", farm.as_of)
    graph = build(farm, picture.evaluation, lambda server, context, key: times.get((server, context, key), 0.0))
    response = query_pb2.GetTopologyResponse(as_of=messages.stamp(farm.as_of))
    to_message(graph, response)
    return response
