"""A connection that does not wait for ever: who opens one has to ask something soon."""

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN_S: Final = 15.0


class Connection(H11Protocol):
    """uvicorn's, with an end for those who send the head of a request byte by byte, or nothing at all."""

    _head_ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on; the beginning of a further request is waited for anew."""
        super().data_received(data)
        if self._answers():
            self._waits_no_more()
        elif self._head_ends is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._waits_no_more()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Leave an idle connection to uvicorn's own timer, which ends with the next byte."""
        self._waits_no_more()
        super().on_response_complete()

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._head_ends = self.loop.call_later(HEAD_WITHIN_S, self._too_slow)

    def _waits_no_more(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None

    def _too_slow(self) -> None:
        self._head_ends = None
        if not self._answers() and not self.transport.is_closing():
            self.transport.close()
