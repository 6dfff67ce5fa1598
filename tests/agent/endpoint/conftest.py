"""TLS listeners as AD FS has them, and one call that looks at them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization as s

from farmsight_agent.clock import SystemClock
from farmsight_agent.endpoint.observe import Means, observe
from farmsight_agent.endpoint.target import Endpoint, Patience, path_for
from farmsight_lab.servers.tls import Behaviour, TlsListener
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import Made, make

NAME = "sts.contoso.com"
NOW = datetime.now(UTC).replace(microsecond=0)
BEGINS, ENDS = NOW - timedelta(days=10), NOW + timedelta(days=100)


class Pki:
    """A CA, and the expired certificate of a server: nothing is verified, so it is seen all the same."""

    def __init__(self) -> None:
        self.root = make("Lab Root", begins=BEGINS, ends=ENDS)
        self.other = make("Other Root", begins=BEGINS, ends=ENDS)
        self.server = make(NAME, self.root, ca=None, begins=BEGINS, ends=NOW - timedelta(days=1))

    @property
    def chain(self) -> bytes:
        return self.server.certificate.public_bytes(s.Encoding.PEM) + self.root.certificate.public_bytes(s.Encoding.PEM)

    @property
    def key(self) -> bytes:
        return self.server.key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())


@pytest.fixture(scope="session")
def pki() -> Pki:
    return Pki()


@pytest.fixture
def names() -> Callable[..., tuple[bytes, ...]]:
    def der(*made: Made) -> tuple[bytes, ...]:
        return tuple(one.der for one in made)

    return der


@pytest.fixture
def look(pki: Pki) -> Iterator[Callable[..., facts_pb2.TlsEndpoint]]:
    """Start a listener that behaves so, look at it once, and return the fact's value."""
    with ExitStack() as stack:

        def once(port: int = 49443, **settings: object) -> facts_pb2.TlsEndpoint:
            behaviour = Behaviour(**({"certificate": pki.chain, "key": pki.key} | settings))
            listener = stack.enter_context(TlsListener(behaviour))
            means = Means(
                trials=ThreadPoolExecutor(4),
                clock=SystemClock(),
                patience=Patience(timeout_s=0.7, wait_s=0.3),
                keep=lambda data: b"",
                connect_to={f"{NAME}:{port}": "{}:{}".format(*listener.address)},
            )
            rows = list(observe(Endpoint(name=NAME, port=port, path=path_for(NAME, port)), means))
            assert len(rows) == 1
            fact, samples = rows[0]
            value = fact.tls_endpoint
            assert fact.key == f"{value.name}:{value.port}{value.path}@{value.address}"
            assert all(sample.series == "tls-handshake-ms" for sample in samples)
            return value

        yield once
