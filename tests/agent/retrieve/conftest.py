"""A CA whose CRL, certificate and OCSP are served by a real server, and one call that fetches."""

import hashlib
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from farmsight_agent.clock import SystemClock
from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.proxy import DIRECT, ProxyRules
from farmsight_agent.retrieve.run import retrieve_all
from farmsight_agent.retrieve.target import Target
from farmsight_lab.servers.cdp import CdpServer
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import Made, make

DER = serialization.Encoding.DER
TODAY = datetime.now(UTC).replace(microsecond=0)
FAST = Limits(connect_timeout_s=0.5, timeout_s=0.5, total_s=1.5, max_bytes=4 * 1024 * 1024, max_redirects=3)
CRL = facts_pb2.RETRIEVAL_PURPOSE_CRL

Fetch = Callable[..., facts_pb2.Retrieval]


class Ca:
    """A root and an issuing CA under it."""

    def __init__(self) -> None:
        begins, ends = TODAY - timedelta(days=10), TODAY + timedelta(days=1000)
        self.root = make("Lab Root", begins=begins, ends=ends)
        self.issuing = make("Lab Issuing", self.root, begins=begins, ends=ends)
        self.other = make("Another Root", begins=begins, ends=ends)
        self.twin = make("Lab Root", begins=begins, ends=ends)  # the same name, another key
        self.responder = make(
            "Lab OCSP",
            self.root,
            begins=begins,
            ends=ends,
            ca=None,
            usages=(x509.ExtendedKeyUsageOID.OCSP_SIGNING,),
        )

    def crl(
        self,
        issuer: Made | None = None,
        *,
        revoked: tuple[Made, ...] = (),
        freshest: str = "",
        removed: bool = False,
        aki: bool = True,
    ) -> bytes:
        """Return a CRL of the root (or `issuer`)."""
        by = issuer or self.root
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(by.certificate.subject)
            .last_update(TODAY - timedelta(days=1))
            .next_update(TODAY + timedelta(days=6))
            .add_extension(x509.CRLNumber(10), critical=False)
        )
        if aki:
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
            builder = builder.add_extension(identifier, critical=False)
        if freshest:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(freshest)], None, None, None)
            builder = builder.add_extension(x509.FreshestCRL([point]), critical=False)
        for one in revoked:
            entry = x509.RevokedCertificateBuilder(one.certificate.serial_number, TODAY)
            if removed:
                entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.remove_from_crl), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(by.key, hashes.SHA256()).public_bytes(DER)

    def target(self, url: str, purpose: facts_pb2.RetrievalPurpose.ValueType = CRL) -> Target:
        """Return the target that the issuing CA's certificate would give."""
        return Target(
            purpose=purpose,
            url=url,
            named_by=(self.issuing.sha1,),
            issuer_der=self.root.der,
            subject_der=self.issuing.der,
            serials=(f"{self.issuing.certificate.serial_number:x}",),
        )


@pytest.fixture(scope="session")
def ca() -> Ca:
    return Ca()


@pytest.fixture
def server() -> Iterator[CdpServer]:
    with CdpServer() as made:
        yield made


@pytest.fixture
def blobs() -> dict[bytes, bytes]:
    return {}


@pytest.fixture
def run(blobs: dict[bytes, bytes]) -> Callable[..., list[facts_pb2.Fact]]:
    """Fetch targets and return the facts; samples are looked at for what they promise."""

    def keep(data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        blobs[digest] = data
        return digest

    def fetch(
        *targets: Target,
        limits: Limits = FAST,
        connect_to: dict[str, str] | None = None,
        proxies: ProxyRules = DIRECT,
        deadline_s: float | None = None,
    ) -> list[facts_pb2.Fact]:
        facts = []
        rows = retrieve_all(
            targets, limits, SystemClock(), keep, connect_to or {}, proxies=proxies, deadline_s=deadline_s
        )
        for fact, samples in rows:
            assert all(sample.key == fact.key for sample in samples)
            facts.append(fact)
        return facts

    return fetch


@pytest.fixture
def fetch(ca: Ca, run: Callable[..., list[facts_pb2.Fact]]) -> Fetch:
    """Fetch one URL as the issuing CA's certificate names it."""

    def one(url: str, purpose: facts_pb2.RetrievalPurpose.ValueType = CRL, **settings: object) -> facts_pb2.Retrieval:
        return run(ca.target(url, purpose), **settings)[0].retrieval

    return one


@pytest.fixture
def tls_port(ca: Ca, tmp_path: Path) -> Iterator[int]:
    """Serve TLS with the test's own root, which nobody trusts; give the port."""
    key = ca.root.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "tls.pem").write_bytes(key + ca.root.certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    with CdpServer(tls=context) as made:
        yield made.address[1]
