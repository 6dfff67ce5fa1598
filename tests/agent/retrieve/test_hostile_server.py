"""Web servers that send anything: there is always an outcome, never an exception."""

import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_agent.clock import SystemClock
from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.proxy import DIRECT
from farmsight_agent.retrieve.run import retrieve_all
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.url import parse, printable, scheme_of
from farmsight_wire.v1 import facts_pb2

LIMITS = Limits(timeout_s=0.5, total_s=1.0, max_bytes=100_000, max_redirects=1)
HEADS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: ",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate\r\n",
    b"\r\n",
    b"fffffff\r\n",
    b"zz\r\n",
    b"http://[::1\r\n",
]


class Parrot:
    """Says the same to everybody."""

    def __init__(self) -> None:
        self.says = b""
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                try:
                    client.recv(65536)
                    client.sendall(self.says)
                except OSError:
                    continue


@pytest.fixture(scope="module")
def parrot():
    made = Parrot()
    yield made
    made.socket.close()


@settings(deadline=None, max_examples=150)
@given(parts=st.lists(st.one_of(st.sampled_from(HEADS), st.binary(max_size=30)), max_size=8))
def test_any_answer_has_an_outcome(parrot, parts):
    parrot.says = b"".join(parts)
    url = f"http://127.0.0.1:{parrot.socket.getsockname()[1]}/a.crl"
    target = Target(purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url=url)

    ((fact, _),) = retrieve_all([target], LIMITS, SystemClock(), lambda _: b"", {}, proxies=DIRECT)

    good = (facts_pb2.RETRIEVAL_OUTCOME_UNSPECIFIED, facts_pb2.RETRIEVAL_OUTCOME_OK)
    assert fact.retrieval.outcome not in good
    assert fact.SerializeToString()


@given(text=st.one_of(st.text(max_size=80), st.text(max_size=60).map("http://".__add__)))
def test_any_url_is_taken_or_refused(text):
    scheme_of(text)
    assert printable(text).isprintable()
    try:
        url = parse(text)
    except ValueError:
        return
    line = f"{url.target} {url.authority}"
    assert line.isascii()
    assert not any(character in line for character in "\r\n\0")
    assert " " not in url.target
