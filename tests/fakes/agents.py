"""Agents as raw gRPC clients: real keys, real mTLS, frames made by hand."""

import hashlib
import queue
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from farmsight_wire.v1 import (
    enrolment_pb2,
    enrolment_pb2_grpc,
    facts_pb2,
    telemetry_pb2,
)
from farmsight_wire.v1.digests import fact_digest, part_digest
from farmsight_wire.v1.vocabulary import kind_of

OPTIONS = (
    ("grpc.ssl_target_name_override", "collector.farmsight"),
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
)
STREAM = "/farmsight_wire.v1.TelemetryService/Stream"
EPOCH = 7


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def csr_of(key: object) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whatever the agent says")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())  # type: ignore[arg-type]
    return made.public_bytes(serialization.Encoding.DER)


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What an agent has after enrolment."""

    ca_pem: bytes
    key: ec.EllipticCurvePrivateKey
    chain_pem: bytes
    agent_id: str = ""
    server: str = ""

    def channel(self, address: str) -> grpc.Channel:
        credentials = grpc.ssl_channel_credentials(self.ca_pem, pem_of(self.key), self.chain_pem)
        return grpc.secure_channel(address, credentials, OPTIONS)

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.chain_pem)[0]


def chain_pem(identity: enrolment_pb2.Identity) -> bytes:
    ders = (x509.load_der_x509_certificate(der) for der in identity.chain_der)
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in ders)


def enrolment_stub(address: str, ca_pem: bytes) -> tuple[grpc.Channel, enrolment_pb2_grpc.EnrollmentServiceStub]:
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(ca_pem), OPTIONS)
    return channel, enrolment_pb2_grpc.EnrollmentServiceStub(channel)


def enrol(address: str, ca_pem: bytes, token: str, name: str, csr_der: bytes | None = None) -> Identity:
    """Enrol a server; raises grpc.RpcError when it is refused."""
    key = new_key()
    channel, stub = enrolment_stub(address, ca_pem)
    with channel:
        request = enrolment_pb2.EnrollRequest(
            token=token, csr_der=csr_of(key) if csr_der is None else csr_der, requested_name=name
        )
        answer = stub.Enroll(request, timeout=20)
    return Identity(
        ca_pem=ca_pem,
        key=key,
        chain_pem=chain_pem(answer.identity),
        agent_id=answer.agent_id,
        server=answer.server,
    )


def renew(identity: Identity, address: str) -> Identity:
    key = new_key()
    with identity.channel(address) as channel:
        stub = enrolment_pb2_grpc.EnrollmentServiceStub(channel)
        answer = stub.Renew(enrolment_pb2.RenewRequest(csr_der=csr_of(key)), timeout=20)
    return replace(identity, key=key, chain_pem=chain_pem(answer.identity))


def service(name: str, *, state: facts_pb2.ServiceState.ValueType = facts_pb2.SERVICE_STATE_RUNNING) -> facts_pb2.Fact:
    """Return a fact of the services probe."""
    return facts_pb2.Fact(key=name, service=facts_pb2.Service(name=name, state=state))


def host(computer_name: str) -> facts_pb2.Fact:
    return facts_pb2.Fact(key=computer_name, host=facts_pb2.HostIdentity(computer_name=computer_name))


def digest_of(facts: list[facts_pb2.Fact]) -> bytes:
    entries = ((kind_of(f).name, f.context, f.key, fact_digest(f)) for f in facts)
    return part_digest(telemetry_pb2.PROBE_OUTCOME_OBSERVED, "", entries)


def full(
    sequence: int, *facts: facts_pb2.Fact, probe: str = "services", at: datetime | None = None
) -> telemetry_pb2.ProbeReport:
    """Return a full report of a probe with one part."""
    report = telemetry_pb2.ProbeReport(
        sequence=sequence,
        probe=probe,
        outcome=telemetry_pb2.PROBE_OUTCOME_OBSERVED,
        source="fake",
        full=True,
        digest=digest_of(list(facts)),
        fact_count=len(facts),
        facts=[telemetry_pb2.FactEntry(digest=fact_digest(one), fact=one) for one in facts],
    )
    report.started.FromDatetime(at or datetime.now(UTC))
    report.cadence.FromTimedelta(timedelta(minutes=15))
    return report


def blob_chunks(data: bytes, size: int = 1 << 20) -> list[telemetry_pb2.StreamRequest]:
    sha256 = hashlib.sha256(data).digest()
    return [
        telemetry_pb2.StreamRequest(
            blob=telemetry_pb2.BlobChunk(sha256=sha256, size=len(data), offset=start, data=data[start : start + size])
        )
        for start in range(0, len(data), size)
    ]


@dataclass(eq=False)
class Stream:
    """One open stream: `send` frames (or bytes), `receive` answers; raises grpc.RpcError when it ends."""

    channel: grpc.Channel
    out: "queue.Queue[bytes | None]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        method = self.channel.stream_stream(
            STREAM, request_serializer=None, response_deserializer=telemetry_pb2.StreamResponse.FromString
        )
        self.call = method(self._frames(), timeout=30)
        self.answers = iter(self.call)

    def _frames(self) -> Iterator[bytes]:
        while (frame := self.out.get()) is not None:
            yield frame

    def send(self, frame: telemetry_pb2.StreamRequest | bytes) -> None:
        self.out.put(frame if isinstance(frame, bytes) else frame.SerializeToString())

    def report(self, report: telemetry_pb2.ProbeReport) -> None:
        self.send(telemetry_pb2.StreamRequest(report=report))

    def receive(self) -> telemetry_pb2.StreamResponse:
        return next(self.answers)

    def until(self, kind: str) -> telemetry_pb2.StreamResponse:
        """Return the next answer of a kind, passing over others."""
        while True:
            answer = self.receive()
            if answer.WhichOneof("frame") == kind:
                return answer

    def until_durable(self, sequence: int) -> telemetry_pb2.Ack:
        while True:
            ack = self.until("ack").ack
            if ack.durable_up_to >= sequence or sequence in ack.durable_beyond:
                return ack

    def hello(self, *, epoch: int = EPOCH, oldest: int = 1, clock: datetime | None = None) -> telemetry_pb2.Welcome:
        hello = telemetry_pb2.Hello(agent_version="test", epoch=epoch, boot=1, oldest_sequence=oldest, platform="fake")
        hello.clock.FromDatetime(clock or datetime.now(UTC))
        self.send(telemetry_pb2.StreamRequest(hello=hello))
        return self.until("welcome").welcome

    def end(self) -> grpc.StatusCode:
        """Read until the stream ends and return why."""
        try:
            for _ in self.answers:
                pass
        except grpc.RpcError:
            pass
        return self.call.code()

    def close(self) -> None:
        self.out.put(None)
        self.call.cancel()
