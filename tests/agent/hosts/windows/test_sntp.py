"""One question to a time server: only its own answer counts, and only from a server that knows the time."""

import socket
import struct
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.windows.network import sntp
from farmsight_agent.outcome import FailedError, NotObservedError, TimedOutError, UnavailableError

SENT = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
MARK = b"12345678"


def stamp(at):
    seconds = (at - EPOCH).total_seconds()
    return struct.pack(">II", int(seconds) % (1 << 32), int(seconds % 1 * (1 << 32)))


def reply(arrived, left=None, *, mark=MARK, leap=0, mode=4, stratum=2, version=4):
    first = leap << 6 | version << 3 | mode
    return (
        bytes([first, stratum, 6, 0xEC])
        + bytes(8)
        + b"RATE"
        + bytes(8)
        + mark
        + stamp(arrived)
        + stamp(left or arrived)
    )


def test_the_offset_is_this_clock_minus_the_servers():
    slow = reply(SENT + timedelta(seconds=90, milliseconds=20))

    assert sntp.offset(slow, MARK, SENT, SENT + timedelta(milliseconds=40)) == pytest.approx(-90, abs=1e-6)
    assert sntp.offset(reply(SENT), MARK, SENT + timedelta(days=30), SENT + timedelta(days=30)) == 30 * 86400


def test_the_time_the_server_took_does_not_count():
    kept = reply(SENT + timedelta(seconds=1), SENT + timedelta(seconds=3))

    assert sntp.offset(kept, MARK, SENT, SENT + timedelta(seconds=4)) == pytest.approx(0, abs=1e-6)


def test_the_era_after_2036_is_read():
    then = datetime(2040, 1, 1, tzinfo=UTC)

    assert sntp.offset(reply(then), MARK, then + timedelta(seconds=5), then + timedelta(seconds=5)) == 5


@pytest.mark.parametrize(
    ("wrong", "error", "reason"),
    [
        (b"", FailedError, "not-understood"),
        (reply(SENT)[:47], FailedError, "not-understood"),
        (reply(SENT, mark=b"87654321"), FailedError, "not-understood"),
        (reply(SENT, mode=3), FailedError, "not-understood"),
        (reply(SENT, stratum=0), UnavailableError, "time-server-refused"),
        (reply(SENT, leap=3), UnavailableError, "time-server-not-synchronised"),
        (reply(SENT, stratum=16), UnavailableError, "time-server-not-synchronised"),
        (reply(SENT)[:40] + bytes(8), UnavailableError, "time-server-not-synchronised"),
    ],
)
def test_what_does_not_tell_the_time_is_never_an_offset(wrong, error, reason):
    with pytest.raises(error) as caught:
        sntp.offset(wrong, MARK, SENT, SENT)

    assert caught.value.reason == reason


@given(st.binary(max_size=100))
def test_no_bytes_raise_anything_else(data):
    for answer in (data, reply(SENT)[:24] + MARK + data):
        try:
            assert isinstance(sntp.offset(answer, MARK, SENT, SENT), float)
        except NotObservedError:
            continue


class Server:
    """A time server on the loopback that answers with what `answers` makes of a question."""

    def __init__(self, answers):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._answers = answers
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, peer = self._socket.recvfrom(1024)
            except OSError:
                return
            for answer in self._answers(question):
                self._socket.sendto(answer, peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def now(ahead=0):
    return datetime.now(UTC) + timedelta(seconds=ahead)


def test_a_server_on_the_wire_is_asked():
    with Server(lambda question: [reply(now(120), mark=question[40:48])]) as server:
        assert sntp.ask("127.0.0.1", SystemClock(), port=server.port) == pytest.approx(-120, abs=1)


def test_a_forged_packet_before_the_answer_is_passed_over():
    with Server(lambda question: [reply(now(9999)), b"junk", reply(now(), mark=question[40:48])]) as server:
        assert sntp.ask("127.0.0.1", SystemClock(), port=server.port) == pytest.approx(0, abs=1)


def test_forged_packets_alone_end_with_the_time_limit():
    with Server(lambda _question: [reply(now())] * 3) as server, pytest.raises(TimedOutError):
        sntp.ask("127.0.0.1", SystemClock(), port=server.port, wait_s=0.2)


def test_a_silent_server_has_timed_out_and_a_closed_port_is_unreachable():
    with Server(lambda _question: []) as server, pytest.raises(TimedOutError, match="time-server-silent"):
        sntp.ask("127.0.0.1", SystemClock(), port=server.port, wait_s=0.2)
    with pytest.raises(UnavailableError, match="time-server-unreachable"):
        sntp.ask("127.0.0.1", SystemClock(), port=1, wait_s=0.5)


def test_a_refusal_names_the_server():
    with (
        Server(lambda question: [reply(now(), stratum=0, mark=question[40:48])]) as server,
        pytest.raises(UnavailableError, match=r"127\.0\.0\.1: b'RATE'"),
    ):
        sntp.ask("127.0.0.1", SystemClock(), port=server.port)
