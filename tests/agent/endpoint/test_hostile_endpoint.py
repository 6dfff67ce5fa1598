"""Endpoints that send anything: there is always an outcome, never an exception."""

import socket

from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_agent.clock import SystemClock
from farmsight_agent.endpoint.handshake import shake
from farmsight_agent.endpoint.request import request
from farmsight_wire.v1 import facts_pb2

BYTES = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(lambda tail: b"\x16\x03\x03" + len(tail).to_bytes(2, "big") + tail),
    st.binary(max_size=60).map(lambda tail: b"\x16\x03\x03\x00\x40\x02\x00\x00\x3c\x03\x03" + tail),
    st.binary(max_size=2).map(lambda tail: b"\x15\x03\x03\x00\x02" + tail),
)


@settings(deadline=None, max_examples=150)
@given(data=BYTES)
def test_a_handshake_with_anything_has_an_outcome(data):
    here, there = socket.socketpair()
    with here, there:
        there.sendall(data)
        there.shutdown(socket.SHUT_WR)
        made = shake(
            here,
            version="TLSv1.2",
            server_name="sts.test",
            clock=SystemClock(),
            timeout_s=1.0,
            keep=lambda _: b"",
        )

    assert made.outcome not in (facts_pb2.TLS_OUTCOME_UNSPECIFIED, facts_pb2.TLS_OUTCOME_COMPLETED)
    assert made.client_certificate == facts_pb2.CLIENT_CERTIFICATE_REQUEST_UNKNOWN


@given(
    blocks=st.lists(
        st.one_of(
            st.binary(min_size=1, max_size=40),
            st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 999", b"Server: \xff\x00\r\n", b"\r\n\r\n"]),
        ),
        max_size=8,
    ),
    silent=st.booleans(),
)
def test_a_request_answered_with_anything_has_an_outcome(blocks, silent):
    rest = iter([*blocks, b""])

    def receive() -> bytes:
        block = next(rest, b"")
        if not block and silent:
            raise TimeoutError
        return block

    said = request("sts.test", 443, "/", lambda _: None, receive)

    assert said.outcome != facts_pb2.HTTP_OUTCOME_UNSPECIFIED
    assert (said.status > 0) == (said.outcome == facts_pb2.HTTP_OUTCOME_ANSWERED) or said.status == 0
    assert said.server.isprintable()
