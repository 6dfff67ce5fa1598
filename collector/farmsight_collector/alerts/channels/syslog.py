"""Records by RFC 5424 over UDP (RFC 5426), TCP (RFC 6587, octets counted) or TLS (RFC 5425).

None of these acknowledges a record. Over TCP and TLS the connection is closed
in order and the other side's closing is waited for: what it did not read then
shows as an error.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from farmsight_collector.alerts.channel_settings import FACILITIES, Syslog
from farmsight_collector.alerts.channels.channel import SendError, said, trust
from farmsight_collector.alerts.message import text

LONGEST: Final[Mapping[str, int]] = {"udp": 2048, "tcp": 8192, "tls": 8192}  # RFC 5424, 6.1: every receiver should
_BOM: Final = b"\xef\xbb\xbf"  # RFC 5424, 6.4: the text is UTF-8
_LEVELS: Final[Mapping[str, int]] = {"critical": 2, "error": 3, "warning": 4, "info": 6}
_NOTICE: Final = 5  # what is over
_CLOSES_WITHIN_S: Final = 2.0
_VALUE: Final = 255  # characters of one parameter


class SyslogSender:
    """Sends each message as one record."""

    def __init__(self, settings: Syslog, folder: Path) -> None:
        """Send to this receiver."""
        self._settings = settings
        self._folder = folder
        host, _, port = settings.server.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)

    async def send(self, told: Mapping[str, Any]) -> str:
        """Send a message; returns what is known of its way. Raises SendError."""
        settings = self._settings
        data = record(told, settings, settings.host_name or socket.gethostname())
        try:
            if settings.transport == "udp":
                return await self._datagram(data)
            async with asyncio.timeout(settings.timeout_s):
                return await self._stream(b"%d %s" % (len(data), data))
        except TimeoutError as error:
            raise SendError(f"no end within {settings.timeout_s} s") from error
        except OSError as error:
            raise SendError(said(error)) from error

    async def _datagram(self, data: bytes) -> str:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(self._host, self._port)
        )
        try:
            transport.sendto(data)
        finally:
            transport.close()
        return f"sent {len(data)} bytes; UDP has no answer"

    async def _stream(self, data: bytes) -> str:
        context = self._context() if self._settings.transport == "tls" else None
        reader, writer = await asyncio.open_connection(
            self._host, self._port, ssl=context, server_hostname=self._host if context else None
        )
        try:
            writer.write(data)
            await writer.drain()
            if context is not None:  # its end cannot be told from here, only that of the connection
                return f"sent {len(data)} bytes by TLS; syslog has no answer"
            writer.write_eof()
            try:
                async with asyncio.timeout(_CLOSES_WITHIN_S):
                    await reader.read(1)
            except TimeoutError:
                return f"sent {len(data)} bytes; the receiver keeps the connection open"
            return f"sent {len(data)} bytes; the receiver closed in order"
        finally:
            writer.close()
            await _closed(writer)

    def _context(self) -> ssl.SSLContext:
        settings = self._settings
        context = trust(self._folder, settings.ca_file)
        if settings.certificate_file:
            try:
                context.load_cert_chain(self._folder / settings.certificate_file, self._folder / settings.key_file)
            except (OSError, ssl.SSLError) as error:
                raise SendError(f"{settings.certificate_file} can't be used: {error}") from error
        return context


def record(told: Mapping[str, Any], settings: Syslog, host: str) -> bytes:
    """Return a message as one record: header, structured data, text; nothing in it ends a line."""
    alerts = told["alerts"]
    over = bool(alerts) and all(one["state"] == "closed" for one in alerts)
    level = _NOTICE if over else _LEVELS.get(str(told["severity"]), _NOTICE)
    priority = FACILITIES.index(settings.facility) * 8 + level
    head = f"<{priority}>1 {told['made']} {_name(host, 255)} farmsight {os.getpid()} {_name(told['event'], 32)} "
    data = _structured(told, settings.enterprise)
    line = f"{head}{data} ".encode() + _BOM + text(told["summary"], 1000).encode("utf-8", "replace")
    return _cut(line, LONGEST[settings.transport])


def _structured(told: Mapping[str, Any], enterprise: int) -> str:
    parameters = {"id": told["id"], "farm": told["farm"], "alerts": len(told["alerts"]) + told["left_out"]}
    if len(told["alerts"]) == 1:
        one = told["alerts"][0]
        parameters |= {name: one[name] for name in ("finding", "code", "severity", "state", "subject")}
        parameters |= {"servers": ",".join(one["servers"]), "since": one["since"] or "", "link": one["link"] or ""}
    said_so = " ".join(f'{name}="{_value(value)}"' for name, value in parameters.items())
    return f"[farmsight@{enterprise} {said_so}]"


def _value(value: object) -> str:
    """Return a parameter's value with what RFC 5424, 6.3.3 has escaped."""
    return text(value, _VALUE).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _name(value: object, longest: int) -> str:
    """Return a header field: printable ASCII without spaces, "-" where nothing is left."""
    return "".join(each for each in str(value) if "!" <= each <= "~")[:longest] or "-"


def _cut(data: bytes, longest: int) -> bytes:
    return data if len(data) <= longest else data[:longest].decode("utf-8", "ignore").encode()


async def _closed(writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(_CLOSES_WITHIN_S):
            await writer.wait_closed()
    except (TimeoutError, OSError):
        return
