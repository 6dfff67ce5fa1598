"""Every method of every service refuses a caller without an identity, streaming ones included."""

import asyncio
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from farmsight_collector import folder
from farmsight_collector.config import Bounds
from farmsight_collector.ingest.bounds import InFlight
from farmsight_collector.metrics import Metrics
from farmsight_collector.rpc.peer import Peers
from farmsight_collector.rpc.sessions import Sessions
from farmsight_collector.rpc.telemetry import Intake, TelemetryServicer, handler
from farmsight_wire.v1 import enrolment_pb2, operation_pb2, query_pb2, telemetry_pb2
from tests.fakes.agents import OPTIONS
from tests.fakes.live_collector import Running, running

METHODS = [
    (port, method)
    for port, module in (
        ("telemetry", telemetry_pb2),
        ("enrolment", enrolment_pb2),
        ("query", query_pb2),
        ("query", operation_pb2),
    )
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
REFUSED = (grpc.StatusCode.UNAUTHENTICATED,)


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory):
    from farmsight_collector.rpc.questions import questions

    with running(tmp_path_factory.mktemp("collector") / "data", questions=questions) as up:
        yield up


def call(channel: grpc.Channel, method, metadata=None) -> tuple[grpc.StatusCode, str]:
    """Call with an empty request, whatever the kind of method, and return how it ended."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    rpc = channel.stream_stream(path, request_serializer=None, response_deserializer=None)
    answers = rpc(iter([b""]), timeout=10, metadata=metadata)
    try:
        for _ in answers:
            pass
    except grpc.RpcError:
        pass
    return answers.code(), answers.details()


@pytest.mark.parametrize(("port", "method"), METHODS, ids=[f"{p}-{m.name}" for p, m in METHODS])
def test_a_caller_without_an_identity_is_refused(collector: Running, port: str, method) -> None:
    with grpc.secure_channel(
        collector.addresses[port], grpc.ssl_channel_credentials(collector.ca_pem), OPTIONS
    ) as channel:
        code, text = call(channel, method)

    if port == "telemetry":  # TLS itself wants the certificate
        assert code is grpc.StatusCode.UNAVAILABLE
    else:
        assert code is grpc.StatusCode.UNAUTHENTICATED, text


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer \u00e9"])
def test_a_wrong_bearer_token_is_refused(collector: Running, token: str) -> None:
    method = query_pb2.DESCRIPTOR.services_by_name["QueryService"].methods_by_name["Watch"]
    with grpc.secure_channel(
        collector.addresses["query"], grpc.ssl_channel_credentials(collector.ca_pem), OPTIONS
    ) as channel:
        code, _ = call(channel, method, metadata=(("authorization", token.encode("ascii", "replace").decode()),))

    assert code is grpc.StatusCode.UNAUTHENTICATED


def test_the_right_token_is_let_in_and_health_needs_none(collector: Running) -> None:
    token = folder.query_token(collector.collector.config.data)
    method = query_pb2.DESCRIPTOR.services_by_name["QueryService"].methods_by_name["GetStatus"]
    with grpc.secure_channel(
        collector.addresses["query"], grpc.ssl_channel_credentials(collector.ca_pem), OPTIONS
    ) as channel:
        code, text = call(channel, method, metadata=(("authorization", f"Bearer {token}"),))
        assert code is grpc.StatusCode.OK, text
        health = health_pb2_grpc.HealthStub(channel)
        name = "farmsight_wire.v1.QueryService"
        answer = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_a_method_that_is_not_there_needs_a_token_too(collector: Running) -> None:
    """Reflection and whatever is added later are behind the same check."""
    with grpc.secure_channel(
        collector.addresses["query"], grpc.ssl_channel_credentials(collector.ca_pem), OPTIONS
    ) as channel:
        for path in ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/made.Up/Method"):
            answers = channel.stream_stream(path, request_serializer=None, response_deserializer=None)(
                iter([b""]), timeout=10
            )
            with pytest.raises(grpc.RpcError):
                list(answers)
            assert answers.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_the_stream_itself_refuses_where_tls_asks_for_no_certificate(collector: Running, tmp_path: Path) -> None:
    """A port set up wrongly does not open the door: the servicer looks for itself."""
    clock, metrics, bounds = collector.clock, Metrics(), Bounds()
    intake = Intake(
        pipeline=collector.collector.pipeline, in_flight=InFlight(1 << 20), bounds=bounds, halves=tmp_path, patience_s=1
    )
    peers = Peers(collector.store, clock, metrics, collector.opened.authority.signed)
    servicer = TelemetryServicer(peers, intake, Sessions(collector.store, clock, metrics), clock, metrics)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handler(servicer),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        method = telemetry_pb2.DESCRIPTOR.services_by_name["TelemetryService"].methods_by_name["Stream"]
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            code, text = await asyncio.to_thread(call, channel, method)
    finally:
        await server.stop(None)

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "no certificate" in text
    assert metrics.counts()["refused_identity"] == 1


def test_an_agents_certificate_of_another_authority_is_refused(collector: Running, tmp_path: Path) -> None:
    from dataclasses import replace

    with running(tmp_path / "other") as other:
        stranger = replace(other.enrol("WAP01"), ca_pem=collector.ca_pem)
    with collector.stream(stranger) as stream:
        assert stream.end() is grpc.StatusCode.UNAVAILABLE  # TLS refuses it
