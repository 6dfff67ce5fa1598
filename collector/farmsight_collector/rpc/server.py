"""The ports: telemetry (agents and, with a join token, new servers), query (people), enrolment where one is set."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from farmsight_collector.config import Config
from farmsight_collector.identity.serving import ServingCertificate
from farmsight_collector.rpc.bearer import BearerInterceptor
from farmsight_collector.rpc.enrolment import EnrollmentServicer
from farmsight_collector.rpc.gate import ENROLMENT_BYTES, Gate
from farmsight_collector.rpc.telemetry import TelemetryServicer, handler
from farmsight_wire.v1 import enrolment_pb2, enrolment_pb2_grpc

# gRPC itself ends a stream above this; up to it, a frame that is too large is refused by its name.
_HARD_LIMIT: Final = 4

_OPTIONS: Final[tuple[tuple[str, Any], ...]] = (
    ("grpc.so_reuseport", 0),  # two collectors on one port shall be told, not share it
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.ping_timeout_ms", 20_000),  # gRPC's own limit is a minute, and wins over a shorter one above
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 0),
    # Ten thousand idle connections: no window grows with the bandwidth of the past.
    ("grpc.http2.bdp_probe", 0),
)

AddServices: TypeAlias = Callable[[grpc.aio.Server], Sequence[str]]


class PortError(Exception):
    """An address can't be listened on; the text says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The servers, started; `addresses` are those that they really listen on."""

    servers: tuple[grpc.aio.Server, ...]
    addresses: dict[str, str]

    async def stop(self, grace_s: float) -> None:
        """Take no more calls; calls under way get so long."""
        await asyncio.gather(*(server.stop(grace_s) for server in self.servers))


def telemetry(
    certificate: ServingCertificate,
    frames: TelemetryServicer,
    enrolment: EnrollmentServicer,
    gate: Gate,
    config: Config,
) -> "Port":
    """Return the port of agents: mTLS, TelemetryService and EnrollmentService.

    A server without an identity enrols here, too (`listen.one_port`); the gate lets it do nothing else.
    """

    def add(server: grpc.aio.Server) -> Sequence[str]:
        server.add_generic_rpc_handlers((handler(frames),))
        enrolment_pb2_grpc.add_EnrollmentServiceServicer_to_server(enrolment, server)
        return ()

    return Port(
        name="telemetry",
        address=config.listen.telemetry,
        credentials=certificate.credentials(clients_must_show_certificates=True, bootstrap=config.listen.one_port),
        add=add,
        receive_bytes=_HARD_LIMIT * config.bounds.frame_bytes,
        interceptors=(gate,),
    )


def enrolment(certificate: ServingCertificate, servicer: EnrollmentServicer, config: Config) -> "Port":
    """Return the port of servers without an identity: TLS, EnrollmentService."""

    def add(server: grpc.aio.Server) -> Sequence[str]:
        enrolment_pb2_grpc.add_EnrollmentServiceServicer_to_server(servicer, server)
        return (enrolment_pb2.DESCRIPTOR.services_by_name["EnrollmentService"].full_name,)

    return Port(
        name="enrolment",
        address=config.listen.enrolment,
        credentials=certificate.credentials(clients_must_show_certificates=False),
        add=add,
        receive_bytes=ENROLMENT_BYTES,
    )


def query(certificate: ServingCertificate, bearer: BearerInterceptor, add: AddServices, config: Config) -> "Port":
    """Return the port of people: TLS and a bearer token; `add` brings the services that answer."""

    def add_all(server: grpc.aio.Server) -> Sequence[str]:
        names = (*add(server), health.SERVICE_NAME)
        reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), server)
        return names

    return Port(
        name="query",
        address=config.listen.query,
        credentials=certificate.credentials(clients_must_show_certificates=False),
        add=add_all,
        receive_bytes=1 << 20,
        interceptors=(bearer,),
    )


@dataclass(frozen=True, kw_only=True)
class Port:
    """One port before it is opened."""

    name: str
    address: str
    credentials: grpc.ServerCredentials
    add: AddServices
    receive_bytes: int
    interceptors: tuple[grpc.aio.ServerInterceptor, ...] = ()

    async def open(self) -> tuple[grpc.aio.Server, str]:
        """Start to answer; returns the server and its real address. Raises PortError."""
        options = (*_OPTIONS, ("grpc.max_receive_message_length", self.receive_bytes))
        server = grpc.aio.server(options=options, interceptors=self.interceptors)
        checks = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(checks, server)
        names = self.add(server)
        try:
            number = server.add_secure_port(self.address, self.credentials)
        except RuntimeError as error:
            raise PortError(
                f"{self.name}: {self.address} can't be listened on: it is taken, or not an address of this "
                f"machine; choose another with --{self.name} ADDRESS:PORT or in collector.toml"
            ) from error
        await server.start()
        for name in ("", *names):
            await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
        return server, f"{self.address.rpartition(':')[0]}:{number}"


async def open_ports(*ports: Port) -> Ports:
    """Open all ports, or none: raises PortError."""
    servers: list[grpc.aio.Server] = []
    addresses: dict[str, str] = {}
    try:
        for port in ports:
            server, addresses[port.name] = await port.open()
            servers.append(server)
    except BaseException:
        for server in servers:
            await server.stop(None)
        raise
    return Ports(servers=tuple(servers), addresses=addresses)
