"""A time server on the loopback, for hosts whose clock it is to contradict."""

import socket
import struct
import threading
import time
from types import TracebackType
from typing import Final, Self

_SINCE_1900: Final = 2_208_988_800  # seconds from NTP's epoch to Unix'


class TimeServer:
    """Answers SNTP questions with a time that is `ahead_s` seconds ahead of this machine's."""

    def __init__(self, ahead_s: float, *, stratum: int = 2) -> None:
        self._ahead_s, self._stratum = ahead_s, stratum
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                question, peer = self._socket.recvfrom(1024)
            except OSError:
                return
            now = time.time() + _SINCE_1900 + self._ahead_s
            stamp = struct.pack(">II", int(now) % (1 << 32), int(now % 1 * (1 << 32)))
            head = bytes([0x24, self._stratum, 6, 0xEC]) + bytes(8) + b"RATE"
            self._socket.sendto(head + stamp + question[40:48] + stamp + stamp, peer)
