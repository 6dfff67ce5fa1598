"""TLS over memory buffers: every byte passes through here, so that every ending can be told.

The certificate of the server is never verified: an expired or foreign one is
just what is to be seen.
"""

import socket
from dataclasses import dataclass
from typing import Final

from OpenSSL import SSL

from farmsight_agent.retrieve.limits import Deadline

VERSIONS: Final = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}
# OpenSSL's own name of the state after a CertificateRequest came (statem.c); an
# empty list of names can't be told from no request otherwise.
ASKED_STATE: Final = b"read server certificate request"
_RECORD_TYPES: Final = range(20, 24)  # RFC 8446 5.1
BLOCK: Final = 16384


class EndedError(Exception):
    """The other side ended the connection: `reset` tells how, bytes or not."""

    def __init__(self, *, reset: bool) -> None:
        """Keep how."""
        super().__init__("reset" if reset else "closed")
        self.reset = reset


class NotTlsError(Exception):
    """What came is not TLS."""


class AlertError(Exception):
    """The other side sent an alert; 0 when OpenSSL gave up by itself."""

    def __init__(self, alert: int, detail: str) -> None:
        """Keep the number (RFC 8446 6)."""
        super().__init__(detail)
        self.alert = alert


@dataclass(kw_only=True)
class Heard:
    """What was noticed during the session."""

    alert: int = 0
    asked: bool = False
    first: bytes = b""  # the first bytes that came
    records: int = 0  # blocks that came


class Session:
    """A TLS client on a connected socket. Raises TimeoutError when the deadline passes."""

    def __init__(
        self, connection: socket.socket, deadline: Deadline, *, version: str | None, server_name: str | None
    ) -> None:
        """Prepare; `version` None offers TLS 1.2 and 1.3."""
        self.heard = Heard()
        self._socket = connection
        self._deadline = deadline
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(VERSIONS[version or "TLSv1.2"])
        context.set_max_proto_version(VERSIONS[version or "TLSv1.3"])
        # Old farms have old keys and ciphers; seeing them is the point.
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.set_info_callback(self._note)
        self.tls = SSL.Connection(context, None)
        if server_name is not None:
            self.tls.set_tlsext_host_name(server_name.encode("ascii"))
        self.tls.set_connect_state()

    def handshake(self) -> None:
        """Shake hands; raises EndedError, NotTlsError, AlertError or TimeoutError."""
        while True:
            try:
                self.tls.do_handshake()
            except SSL.WantReadError:
                self._flush()
                self._receive()
            except SSL.Error as error:
                self._flush()
                raise self._failure(error) from error
            else:
                self._flush()
                return

    def send(self, data: bytes) -> None:
        """Send application data."""
        self.tls.sendall(data)
        self._flush()

    def receive(self) -> bytes:
        """Return application data, b"" when the other side closed in order."""
        while True:
            try:
                return self.tls.recv(BLOCK)
            except SSL.WantReadError:
                self._flush()
                self._receive()
            except SSL.ZeroReturnError:
                return b""
            except SSL.Error as error:
                raise self._failure(error) from error

    def give_more_time(self, deadline: Deadline) -> None:
        """Go by another deadline from now on."""
        self._deadline = deadline

    def records_after(self) -> bool:
        """Wait for the other side to speak after the handshake; false when it stays silent.

        Raises AlertError or EndedError: with TLS 1.3 a server refuses a client without
        a certificate only now.
        """
        before = self.heard.records
        while self.heard.records == before:
            try:
                self._receive()
            except TimeoutError:
                return False
        try:
            self.tls.recv(BLOCK)
        except SSL.WantReadError:
            return True
        except SSL.ZeroReturnError:
            raise EndedError(reset=False) from None
        except SSL.Error as error:
            raise self._failure(error) from error
        return True

    def _note(self, tls: SSL.Connection, where: int, result: int) -> None:
        if where & SSL.SSL_CB_READ_ALERT == SSL.SSL_CB_READ_ALERT:
            self.heard.alert = result & 0xFF
        elif where & SSL.SSL_CB_CONNECT_LOOP and tls.get_state_string().endswith(ASKED_STATE):
            self.heard.asked = True

    def _flush(self) -> None:
        while True:
            try:
                pending = self.tls.bio_read(65536)
            except SSL.WantReadError:
                return
            self._socket.settimeout(self._deadline.left())
            try:
                self._socket.sendall(pending)
            except TimeoutError:
                raise
            except OSError:
                # What the other side said before it went away is still to be read.
                return

    def _receive(self) -> None:
        self._socket.settimeout(self._deadline.left())
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            raise
        except OSError as error:
            raise EndedError(reset=True) from error
        if not data:
            raise EndedError(reset=False)
        self.heard.records += 1
        self.heard.first = (self.heard.first + data)[:5]
        if self.heard.first[0] not in _RECORD_TYPES or self.heard.first[1:2] not in (b"", b"\x03"):
            raise NotTlsError
        self.tls.bio_write(data)

    def _failure(self, error: SSL.Error) -> AlertError:
        words = error.args[0] if error.args else ()
        detail = "; ".join(str(one[-1]) for one in words) if isinstance(words, list) else str(error)
        return AlertError(self.heard.alert, detail)
