"""Adds the services that people ask to the query port."""

from collections.abc import Sequence

import grpc.aio

from farmsight_collector.clock import Clock
from farmsight_collector.correlate.watcher import Watcher
from farmsight_collector.rpc.bearer import BearerTokens
from farmsight_collector.rpc.operation_service import OperationServicer
from farmsight_collector.rpc.query_service import QueryServicer
from farmsight_collector.rpc.server import AddServices
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import operation_pb2, operation_pb2_grpc, query_pb2, query_pb2_grpc


def questions(store: Store, watcher: Watcher, clock: Clock, bearer: BearerTokens) -> AddServices:
    """Return what adds QueryService and OperationService to a server."""

    def add(port: grpc.aio.Server) -> Sequence[str]:
        servicer = QueryServicer(store, watcher, clock, bearer.check)
        query_pb2_grpc.add_QueryServiceServicer_to_server(servicer, port)
        operation_pb2_grpc.add_OperationServiceServicer_to_server(
            OperationServicer(store, clock, bearer, watcher.bells), port
        )
        return (
            query_pb2.DESCRIPTOR.services_by_name["QueryService"].full_name,
            operation_pb2.DESCRIPTOR.services_by_name["OperationService"].full_name,
        )

    return add
