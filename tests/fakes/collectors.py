"""A collector of real TLS and gRPC whose answers a test decides."""

import base64
import contextlib
import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_wire.v1 import enrolment_pb2, enrolment_pb2_grpc, telemetry_pb2, telemetry_pb2_grpc
from farmsight_wire.v1.telemetry_pb2 import StreamRequest, StreamResponse

DAY = dt.timedelta(days=1)
PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class FakeCa:
    """A CA on P-256."""

    def __init__(self, name: str = "fake collector CA") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._build(name, self.key.public_key(), name, ca=True)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(PEM)

    @property
    def sha256(self) -> bytes:
        return self.certificate.fingerprint(hashes.SHA256())

    def issue(
        self, name: str, public_key: ec.EllipticCurvePublicKey, *, dns: str = "", life: dt.timedelta = 7 * DAY
    ) -> x509.Certificate:
        return self._build(name, public_key, self.certificate.subject.rfc4514_string().removeprefix("CN="), dns, life)

    def _build(self, name, public_key, issuer, dns="", life=30 * DAY, ca=False) -> x509.Certificate:
        begins = _now() - dt.timedelta(minutes=5) if life > dt.timedelta(0) else _now() - 2 * DAY
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(_now() + life)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if dns:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


class FakeCollector(telemetry_pb2_grpc.TelemetryServiceServicer, enrolment_pb2_grpc.EnrollmentServiceServicer):
    """Remembers every frame; acknowledges reports unless `on_frame` answers otherwise."""

    def __init__(self) -> None:
        self.ca = FakeCa()
        self.frames: list[StreamRequest] = []
        self.hellos: list[telemetry_pb2.Hello] = []
        self.durable: dict[tuple[int, int], StreamRequest] = {}
        self.blobs: dict[bytes, bytes] = {}
        self.want_blobs: list[bytes] = []
        self.credits = 8
        self.clock_ahead = dt.timedelta(0)
        self.life = 7 * DAY
        self.renewals = 0
        self.approved = False
        self.recoveries = 0
        self.on_frame: Callable[[StreamRequest], list[StreamResponse] | None] = lambda frame: None
        self.changed = threading.Condition()
        self._servers: list[grpc.Server] = []

    def start(self, port: int = 0, enrolment_port: int = 0) -> tuple[int, int]:
        """Listen on loopback; return the telemetry and the enrolment port."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        chain = self.ca.issue("collector", key.public_key(), dns="collector.farmsight").public_bytes(PEM) + self.ca.pem
        mutual = grpc.ssl_server_credentials([(pem, chain)], self.ca.pem, require_client_auth=True)
        ports = []
        for credentials, wanted in ((mutual, port), (grpc.ssl_server_credentials([(pem, chain)]), enrolment_port)):
            server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
            telemetry_pb2_grpc.add_TelemetryServiceServicer_to_server(self, server)
            enrolment_pb2_grpc.add_EnrollmentServiceServicer_to_server(self, server)
            ports.append(server.add_secure_port(f"127.0.0.1:{wanted}", credentials))
            server.start()
            self._servers.append(server)
        return ports[0], ports[1]

    def stop(self) -> None:
        """Cut every stream at once."""
        for server in self._servers:
            server.stop(0).wait()
        self._servers = []

    @property
    def token(self) -> str:
        body = b"tokenid1" + b"s" * 16 + self.ca.sha256
        return "fs1." + base64.urlsafe_b64encode(body).decode().rstrip("=")

    def reports(self) -> list[telemetry_pb2.ProbeReport]:
        """Return the reports heard so far."""
        with self.changed:
            return [frame.report for frame in self.frames if frame.HasField("report")]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until something was heard."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds), "the collector did not hear it in time"

    def Enroll(self, request, context):
        return enrolment_pb2.EnrollResponse(
            agent_id="agent-1",
            identity=self._identity(request.csr_der),
            farm="sts.contoso.com",
            server="WAP01",
            role="wap",
        )

    def Renew(self, request, context):
        self.renewals += 1
        return enrolment_pb2.RenewResponse(identity=self._identity(request.csr_der))

    def Recover(self, request, context):
        old = x509.load_der_x509_certificate(request.old_certificate_der)
        old.public_key().verify(request.signature, request.csr_der, ec.ECDSA(hashes.SHA256()))
        self.recoveries += 1
        if not self.approved:
            return enrolment_pb2.RecoverResponse(state=enrolment_pb2.RECOVER_STATE_PENDING)
        identity = self._identity(request.csr_der)
        return enrolment_pb2.RecoverResponse(state=enrolment_pb2.RECOVER_STATE_APPROVED, identity=identity)

    def _identity(self, csr_der: bytes) -> enrolment_pb2.Identity:
        csr = x509.load_der_x509_csr(csr_der)
        leaf = self.ca.issue("agent-1", csr.public_key(), life=self.life)
        return enrolment_pb2.Identity(chain_der=[leaf.public_bytes(DER), self.ca.certificate.public_bytes(DER)])

    def Stream(self, request_iterator, context) -> Iterator[StreamResponse]:
        epoch = 0
        for frame in request_iterator:
            with self.changed:
                self.frames.append(frame)
                answers = self.on_frame(frame)
                kind = frame.WhichOneof("frame")
                if kind == "hello":
                    epoch = frame.hello.epoch
                    self.hellos.append(frame.hello)
                    answers = answers if answers is not None else [self._welcome(epoch)]
                elif kind == "blob":
                    self._keep(frame.blob)
                elif answers is None:
                    answers = self._acknowledge(epoch, frame)
                self.changed.notify_all()
            yield from answers or ()

    def _welcome(self, epoch: int) -> StreamResponse:
        stamp = Timestamp()
        stamp.FromDatetime(_now() + self.clock_ahead)
        beyond = sorted(sequence for e, sequence in self.durable if e == epoch)
        welcome = telemetry_pb2.Welcome(
            clock=stamp,
            durable_beyond=beyond,
            pace=telemetry_pb2.Pace(credits=self.credits),
            max_frame_bytes=4 << 20,
            max_blob_bytes=32 << 20,
            farm="sts.contoso.com",
            server="WAP01",
            role="wap",
        )
        return StreamResponse(welcome=welcome)

    def _acknowledge(self, epoch: int, frame: StreamRequest) -> list[StreamResponse]:
        sequence = frame.report.sequence if frame.HasField("report") else frame.check_in.sequence
        if not sequence:
            return []
        self.durable.setdefault((epoch, sequence), frame)
        answers = [StreamResponse(ack=telemetry_pb2.Ack(durable_beyond=[sequence]))]
        if self.want_blobs:
            answers.append(StreamResponse(want_blobs=telemetry_pb2.WantBlobs(sha256=self.want_blobs)))
            self.want_blobs = []
        return answers

    def _keep(self, chunk: telemetry_pb2.BlobChunk) -> None:
        held = self.blobs.get(chunk.sha256, b"")
        assert len(held) == chunk.offset
        self.blobs[chunk.sha256] = held + chunk.data
        if len(self.blobs[chunk.sha256]) == chunk.size:
            assert hashlib.sha256(self.blobs[chunk.sha256]).digest() == chunk.sha256


@contextlib.contextmanager
def collector_with_agent(state_dir: Path) -> Iterator[tuple[FakeCollector, int, int]]:
    """Start a collector and enrol an agent in `state_dir` with it."""
    from farmsight_agent.enroll import enroll

    collector = FakeCollector()
    ports = collector.start()
    try:
        list(enroll(collector.token, f"127.0.0.1:{ports[0]}", f"127.0.0.1:{ports[1]}", "WAP01", state_dir))
        yield collector, *ports
    finally:
        collector.stop()
