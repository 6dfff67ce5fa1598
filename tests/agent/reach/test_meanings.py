"""The log of a running agent says what gRPC's words mean: each is brought about with the real library."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from farmsight_agent import enrolment
from farmsight_agent.reach.proxy import Proxy
from tests.fakes.collectors import FakeCa, FakeCollector
from tests.fakes.tls_ports import answering, saying, showing

CA = FakeCa()


@contextmanager
def of_agents_alone() -> Iterator[str]:
    collector = FakeCollector()
    collector.ca = CA
    try:
        yield f"127.0.0.1:{collector.start()[0]}"
    finally:
        collector.stop()


def told(address: str, proxy: Proxy | None = None) -> str:
    """Call with nothing but the collector's CA, and return what is said of how that failed."""
    credentials = grpc.ssl_channel_credentials(CA.pem)
    with (
        grpc.secure_channel(address, credentials, options=enrolment.options(proxy)) as channel,
        pytest.raises(grpc.RpcError) as failed,
    ):
        channel.unary_unary("/farmsight_wire.v1.Any/Method")(b"", timeout=30)
    return enrolment.explain(failed.value)


def test_certificates_that_are_not_the_collectors(tmp_path: Path) -> None:
    import datetime as dt

    with showing(tmp_path / "a", FakeCa("Contoso Inspection"), "x", dns="collector.farmsight") as address:
        assert "TLS is opened on the way" in told(address)
    with showing(tmp_path / "b", CA, "x", dns="other.contoso.com") as address:
        assert "for another name" in told(address)
    with showing(tmp_path / "c", CA, "x", dns="collector.farmsight", life=dt.timedelta(seconds=-5)) as address:
        assert "by this server's clock" in told(address)


@pytest.mark.parametrize(
    ("said", "means"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS"), (b"", "cut during the TLS handshake")],
    ids=["no-tls", "cut"],
)
def test_what_answers_without_tls(said: bytes, means: str) -> None:
    with answering(saying(said)) as address:
        assert means in told(address)


def test_a_collector_that_does_not_take_the_certificate() -> None:
    with of_agents_alone() as address:
        assert "certificate is not taken" in told(address)


@pytest.mark.parametrize(("code", "means"), [(407, "407, it wants a login"), (403, "CONNECT with 403")])
def test_a_proxy_that_gives_no_tunnel(code: int, means: str) -> None:
    with answering(saying(f"HTTP/1.1 {code} No\r\n\r\n".encode())) as address:
        host, _, port = address.partition(":")
        text = told("collector.contoso.com:7443", Proxy(host=host, port=int(port)))

    assert means in text
    assert "`farmsight-agent doctor` names the hop" in text


def test_what_speaks_for_itself_is_told_as_it_is() -> None:
    text = told("127.0.0.1:9")

    assert "Connection refused" in text
    assert "doctor" not in text
