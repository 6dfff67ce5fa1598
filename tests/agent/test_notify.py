"""What systemd hears of an agent: that it runs, that it still does, and nothing once a part of it is gone."""

import socket
import threading
from collections.abc import Iterator

import pytest

from farmsight_agent.service.heart import Heart
from farmsight_agent.service.notify import alive_every_s, notify


@pytest.fixture(params=["a path", "an abstract name"])
def manager(request, tmp_path, monkeypatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        if request.param == "a path":
            listening.bind(str(tmp_path / "n"))
            name = str(tmp_path / "n")
        else:
            listening.bind("")  # the kernel picks a name
            name = "@" + listening.getsockname()[1:].decode()
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.setenv("WATCHDOG_USEC", "2000000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        yield listening


def test_a_heart_beats_while_its_threads_live_and_is_silent_with_one_gone(manager) -> None:
    goes_on = threading.Event()
    working = threading.Thread(target=goes_on.wait)
    working.start()
    heart = Heart([working])

    heart.started()
    heart.beat()
    goes_on.set()
    working.join()
    Heart([working]).beat()
    heart.ends()

    assert [manager.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_nothing_is_told_without_systemd_or_into_a_socket_that_is_gone(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")
    for name in ("", "relative", str(tmp_path / "gone")):
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        assert not notify("READY=1")


@pytest.mark.parametrize("said", ["", "0", "soon", "-1"])
def test_a_watchdog_that_is_none_wants_no_sign(monkeypatch, said: str) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", said)
    assert alive_every_s() is None


def test_the_watchdog_of_another_process_is_not_ours(monkeypatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert alive_every_s() is None
