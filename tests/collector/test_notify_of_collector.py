"""What systemd hears of a collector: that it serves, and that its loop still turns."""

import asyncio
import socket

from farmsight_collector import notify


async def test_a_collector_says_ready_then_alive_and_that_it_stops(tmp_path, monkeypatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
        monkeypatch.setenv("WATCHDOG_USEC", "2000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        loop = asyncio.get_running_loop()
        beating = asyncio.create_task(notify.beat())

        heard = [await asyncio.wait_for(loop.sock_recv(manager, 100), 20) for _ in range(3)]
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        while (last := await asyncio.wait_for(loop.sock_recv(manager, 100), 20)) == b"WATCHDOG=1":
            pass

    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    assert last == b"STOPPING=1"
