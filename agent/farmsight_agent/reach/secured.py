"""TLS with the collector: the pinned CA at its end, and whether it takes this agent's certificate."""

import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from cryptography import x509

from farmsight_agent.clock import SystemClock
from farmsight_agent.identity import SERVER_NAME, IdentityStore
from farmsight_agent.reach import seen
from farmsight_agent.reach.hop import HopError
from farmsight_agent.reach.tunnel import TIMEOUT_S
from farmsight_agent.retrieve.limits import Deadline

TLS, ACCEPTED = "TLS with the pinned CA", "certificate accepted"
Open: TypeAlias = Callable[[], socket.socket]
# RFC 9113 3.4: the client's preface, with empty settings; the server answers with its own (4.1: type 4).
_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
_SETTINGS: Final = 4
_NOT_YET, _OVER = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_ALERTS: Final = {
    "TLSV1_ALERT_UNKNOWN_CA": "its CA is not the one that issued it",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it takes it for a bad one",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "by its clock the certificate has run out",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "it does not say why",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "none reached it: something in between opens TLS",
    "TLSV1_ALERT_ACCESS_DENIED": "access denied",
}
_REFUSED: Final = (
    "see `farmsight-collector agent list`: is this agent lapsed or revoked? Is its CA the collector's present one? "
    "A lapsed agent asks to come back by itself: `farmsight-collector agent approve`"
)


class Secured:
    """One collector's port, with this agent's identity."""

    def __init__(self, address: str, identity: IdentityStore, now: Callable[[], datetime], open_: Open) -> None:
        """`open_` connects, each time anew; it raises HopError."""
        self._host = address.rpartition(":")[0].strip("[]")
        self._identity = identity
        self._now = now
        self._open = open_

    def trusted(self) -> str:
        """Return what TLS came about; raises HopError that tells whose certificate was shown instead."""
        try:
            with self._shaken(as_agent=False) as tls:
                return f"{tls.version()} with {SERVER_NAME}, signed by the pinned CA"
        except ssl.SSLCertVerificationError as error:
            says, remedy = seen.judged(self._look(), self._pinned(), self._host)
            if error.verify_code in {_NOT_YET, _OVER}:
                remedy = f"set this server's clock, which says {self._now():%Y-%m-%d %H:%M} UTC, or the collector's"
            raise HopError(TLS, f"not trusted ({error.verify_message}): {says}", remedy) from error
        except HopError:
            raise
        except (OSError, ValueError) as error:
            shown = self._look()
            says, remedy = seen.judged(shown, self._pinned(), self._host)
            ended = f"{shown.ended}; " if shown.ended and shown.chain else ""
            raise HopError(TLS, f"no TLS: {_reason(error)}; {ended}{says}", remedy) from error

    def accepted(self) -> str:
        """Return that the collector takes the certificate; raises HopError. It asks nothing and says nothing."""
        try:
            with self._shaken(as_agent=True) as tls:
                tls.sendall(_PREFACE)
                answer = _first(tls)
        except HopError:
            raise
        except (OSError, ValueError) as error:
            why = _ALERTS.get(getattr(error, "reason", "") or "", f"the connection ended ({_reason(error)})")
            raise HopError(ACCEPTED, f"the collector refuses this agent's certificate: {why}", _REFUSED) from error
        if len(answer) < 9 or answer[3] != _SETTINGS:
            says = "the connection is closed after the handshake, without a word" if not answer else "no HTTP/2 answers"
            raise HopError(ACCEPTED, f"{says}: the certificate is refused, or cut off on the way", _REFUSED)
        if not self._look().asked:
            remedy = "see that the address is the telemetry port (by default 7443), not the one of queries or the page"
            raise HopError(ACCEPTED, "this port asks for no certificate: it is not the one of agents", remedy)
        return "the collector takes this agent's certificate"

    def _shaken(self, *, as_agent: bool) -> ssl.SSLSocket:
        context = ssl.create_default_context(cadata=self._identity.ca_file.read_text(encoding="ascii"))
        if as_agent:
            context.load_cert_chain(self._identity.chain_file, self._identity.key_file)
        context.set_alpn_protocols(["h2"])
        plain = self._open()
        plain.settimeout(TIMEOUT_S)
        try:
            return context.wrap_socket(plain, server_hostname=SERVER_NAME)
        except BaseException:
            plain.close()
            raise

    def _look(self) -> seen.Shown:
        try:
            with self._open() as plain:
                return seen.look(plain, TIMEOUT_S)
        except HopError as error:
            return seen.Shown(ended=f"asked again, {error.says}")

    def _pinned(self) -> x509.Certificate | None:
        try:
            return x509.load_pem_x509_certificate(self._identity.ca_file.read_bytes())
        except (OSError, ValueError, x509.InvalidVersion):
            return None


def _first(tls: ssl.SSLSocket) -> bytes:
    """Return the head of the first HTTP/2 frame, or what came of it."""
    deadline, data = Deadline(SystemClock(), TIMEOUT_S), b""
    while len(data) < 9:
        tls.settimeout(deadline.left())
        more = tls.recv(9 - len(data))
        if not more:
            break
        data += more
    return data


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    said = getattr(error, "reason", None) or str(error) or type(error).__name__
    return str(said).replace("_", " ").lower() if str(said).isupper() else str(said)[:200]
