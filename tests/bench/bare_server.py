"""The bound of the wire: the collector's own port, with nothing behind it that does any work.

python -m tests.bench.bare_server DATA_FOLDER

The same server, options, certificates and stream as the telemetry port; it counts the frames and acknowledges each.
Prints {"telemetry": "address:port"} and serves until its end of stdin.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import grpc
import grpc.aio

from farmsight_collector.clock import SystemClock
from farmsight_collector.folder import open_folder
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.rpc.server import Port, open_ports
from farmsight_collector.rpc.telemetry import SERVICE
from farmsight_wire.v1.telemetry_pb2 import Ack, Pace, StreamResponse, Welcome


async def stream(_requests: object, context: grpc.aio.ServicerContext) -> None:
    """Welcome, then count and acknowledge."""
    await context.read()
    await context.write(StreamResponse(welcome=Welcome(pace=Pace(credits=64))))
    count = 0
    while await context.read() is not grpc.aio.EOF:
        count += 1
        await context.write(StreamResponse(ack=Ack(durable_up_to=count)))


def add(server: grpc.aio.Server) -> Sequence[str]:
    """Let the server answer the stream."""
    method = grpc.stream_stream_rpc_method_handler(
        stream,
        request_deserializer=None,
        response_serializer=StreamResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"Stream": method}),))
    return ()


async def serve(data: Path) -> None:
    """Serve until stdin ends."""
    opened = open_folder(data)
    config = opened.config
    certificate = ServingCertificate(
        opened.authority, data, config.names, config.lifetimes.server_days, SystemClock().now
    )
    port = Port(
        name="telemetry",
        address="127.0.0.1:0",
        credentials=certificate.credentials(clients_must_show_certificates=True),
        add=add,
        receive_bytes=4 * config.bounds.frame_bytes,
    )
    ports = await open_ports(port)
    print(json.dumps(ports.addresses), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await ports.stop(1)
    opened.store.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
