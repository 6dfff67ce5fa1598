"""A TCP relay on loopback that counts what passes, in both directions."""

import asyncio
import contextlib


class Relay:
    """Stands before an address; `sent` are bytes towards it, `answered` bytes from it, `segments` the pieces read."""

    def __init__(self, address: str) -> None:
        """Nothing is listening yet."""
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._ways: set[asyncio.Task[None]] = set()
        self.sent = self.answered = self.segments = 0

    async def start(self) -> str:
        """Listen; return the address to connect to."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """End all connections."""
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._host, self._port)
        for way in (self._pass(reader, there_writer, "sent"), self._pass(there_reader, writer, "answered")):
            task = asyncio.create_task(way)
            self._ways.add(task)
            task.add_done_callback(self._ways.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                setattr(self, way, getattr(self, way) + len(data))
                self.segments += 1
                writer.write(data)
                await writer.drain()
        writer.close()
