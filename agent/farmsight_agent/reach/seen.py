"""Who answers instead of the collector: the certificate that is shown where the pinned CA's was due."""

import re
import socket
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import crypto

from farmsight_agent.clock import SystemClock
from farmsight_agent.endpoint.session import AlertError, EndedError, NotTlsError, Session
from farmsight_agent.identity import SERVER_NAME
from farmsight_agent.retrieve.limits import Deadline

_OURS: Final = "farmsight collector CA "
_LONGEST: Final = 200
_MOST: Final = 8
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What one handshake without trust showed.

    `asked` tells whether a certificate was asked for, `let_in` whether the server
    went on to speak HTTP/2 once it had the one that was given.
    """

    chain: tuple[x509.Certificate, ...] = ()
    asked: bool = False
    let_in: bool = False
    ended: str = ""  # empty: it came to its end


def look(connection: socket.socket, timeout_s: float, given: tuple[bytes, bytes] | None = None) -> Shown:
    """Shake hands without trust, and return what was shown; never raises for what the other side does.

    `given` are the key and the certificate (PEM) to show where one is asked for.
    """
    session = Session(connection, Deadline(SystemClock(), timeout_s), version=None, server_name=SERVER_NAME)
    session.tls.set_alpn_protos([b"h2"])
    if given is not None:
        session.tls.use_privatekey(load_pem_private_key(given[0], None))  # type: ignore[arg-type] # EC, as it takes
        session.tls.use_certificate(x509.load_pem_x509_certificate(given[1]))
    ended, let_in = "", False
    try:
        session.handshake()
        let_in = bool(given) and _speaks(session)
    except TimeoutError:
        ended = "no answer to the TLS handshake in time"
    except NotTlsError:
        ended = "what answers does not speak TLS"
    except EndedError as error:
        ended = f"the connection is {'reset' if error.reset else 'closed'} during the TLS handshake"
    except AlertError as error:
        ended = f"TLS alert {error.alert}" if error.alert else f"no TLS: {_clean(str(error))}"
    return Shown(chain=_chain(session), asked=session.heard.asked, let_in=let_in, ended=ended)


def _speaks(session: Session) -> bool:
    """Tell whether the server says something of its own accord: HTTP/2 settings, once it is content (RFC 9113 3.4)."""
    try:
        return bool(session.receive())
    except (TimeoutError, NotTlsError, EndedError, AlertError):
        return False


def _chain(session: Session) -> tuple[x509.Certificate, ...]:
    found = []
    for one in (session.tls.get_peer_cert_chain() or [])[:_MOST]:
        try:
            found.append(x509.load_der_x509_certificate(crypto.dump_certificate(crypto.FILETYPE_ASN1, one)))
        except (ValueError, x509.InvalidVersion, crypto.Error):
            break
    return tuple(found)


def farmsight_ca(shown: Shown) -> str:
    """Return the SHA-256 of the CA at the end of what a farmsight collector shows; empty where none does."""
    if (
        len(shown.chain) < 2
        or not _issued(shown.chain[0], shown.chain[-1])
        or SERVER_NAME not in _names(shown.chain[0])
    ):
        return ""
    ca = shown.chain[-1]
    return ca.fingerprint(hashes.SHA256()).hex() if _text(ca.subject).startswith(f"CN={_OURS}") else ""


def judged(shown: Shown, pinned: x509.Certificate | None, host: str) -> tuple[str, str]:
    """Return who answered, and what to do about it. `pinned` is the collector's CA where it is known."""
    if not shown.chain:
        return shown.ended or "no certificate was shown", _CUT
    leaf = shown.chain[0]
    names, issuer = _names(leaf), _text(leaf.issuer)
    says = f"the certificate shown is {_text(leaf.subject)}, issued by {issuer}"
    if pinned is not None and _issued(leaf, pinned):
        if SERVER_NAME in names:
            return f"{says}, as it must be", _CUT
        held = ", ".join(sorted(names)[:_MOST]) or "no name at all"
        return (
            f"{says}; it is for {_clean(held)}, not for {SERVER_NAME}",
            "see which program of the collector's listens",
        )
    if issuer.startswith(f"CN={_OURS}"):
        return f"{says}: another farmsight collector, or this one with a new CA", _NEW_CA
    if {SERVER_NAME, host.lower()} & names:
        return f"{says}: TLS is opened on the way, by who holds that CA", _INSPECTED.format(host=host)
    return f"{says}: another service, or TLS is opened on the way", f"check the address; {_INSPECTED.format(host=host)}"


_CUT: Final = "see that nothing on the way filters or opens TLS, and that the port is the collector's telemetry port"
_NEW_CA: Final = "check the address; where the CA is new, remove the identity folder and enroll again with a new token"
_INSPECTED: Final = (
    "exempt {host} from TLS inspection: the agent proves itself by its own certificate, which no inspection can pass on"
)


def _issued(leaf: x509.Certificate, ca: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _names(leaf: x509.Certificate) -> set[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return set()
    addresses = (str(each) for each in names.get_values_for_type(x509.IPAddress))
    return {*(name.lower() for name in names.get_values_for_type(x509.DNSName)), *addresses}


def _text(name: x509.Name) -> str:
    try:
        return _clean(name.rfc4514_string()) or "(no name)"
    except ValueError:
        return "(a name that can't be read)"


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("?", text)[:_LONGEST]
