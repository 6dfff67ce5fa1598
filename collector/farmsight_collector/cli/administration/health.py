"""`health`: what a container's probe asks, by the gRPC health protocol and over the collector's own TLS."""

from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from farmsight_collector import config as configuration
from farmsight_collector import folder
from farmsight_collector.cli.administration.verb import Call, Subparsers, UsageError, add
from farmsight_collector.cli.connection import Connection
from farmsight_collector.identity.authority import CA_CERTIFICATE

WITHIN_S = 5.0


def register(verbs: Subparsers) -> None:
    """Add the verb."""
    add(
        verbs,
        "health",
        _health,
        "ask the collector that serves this folder whether it does",
        "Exit code 0 when it serves, 2 when it does not. For the probes of containers, which know no TLS.",
    )


def _health(call: Call) -> int:
    config = configuration.load(call.data)
    address = _reached(folder.addresses(config)["query"])
    connection = Connection(address=address, token="none", ca_pem=(call.data / CA_CERTIFICATE).read_bytes())  # noqa: S106 - health asks for none
    channel, _ = connection.stub()
    with channel:
        try:
            stub: Any = health_pb2_grpc.HealthStub(channel)  # its types lack the methods
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=WITHIN_S)
        except grpc.RpcError as error:
            raise UsageError(f"{address} does not serve: {_told(error)}") from error
    status = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status).lower()
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise UsageError(f"{address} answers that it is {status}")
    call.show("health", {"address": address, "status": status}, (f"{address} serves",))
    return 0


def _reached(address: str) -> str:
    """Return where a listener on all addresses is reached on this machine."""
    host, _, port = address.rpartition(":")
    return {"0.0.0.0": f"127.0.0.1:{port}", "[::]": f"[::1]:{port}"}.get(host, address)  # noqa: S104 - asked, not listened on


def _told(error: grpc.RpcError) -> str:
    return str(error.details()) if isinstance(error, grpc.Call) else str(error)
