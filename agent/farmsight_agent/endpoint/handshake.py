"""One handshake with one version of TLS, with or without the server's name."""

import socket
from collections.abc import Callable
from typing import Final

from OpenSSL import crypto

from farmsight_agent.clock import Clock
from farmsight_agent.endpoint.session import AlertError, EndedError, NotTlsError, Session
from farmsight_agent.normalise import certificate_summary, name_text
from farmsight_agent.retrieve.limits import Deadline
from farmsight_wire.v1 import facts_pb2

MOST_NAMES: Final = 1000  # Windows itself sends no more than fit 16 KB
MOST_CHAIN: Final = 16
REFUSAL_WAIT_S: Final = 1.0
CERTIFICATE_REQUIRED: Final = frozenset({40, 41, 42, 116})  # RFC 8446 6.2: these answer an empty Certificate


def shake(
    connection: socket.socket,
    *,
    version: str,
    server_name: str | None,
    clock: Clock,
    timeout_s: float,
    keep: Callable[[bytes], bytes],
) -> facts_pb2.Handshake:
    """Return what one handshake showed; never raises for what the other side does."""
    made = facts_pb2.Handshake(version_tried=version, with_sni=server_name is not None)
    session = Session(connection, Deadline(clock, timeout_s), version=version, server_name=server_name)
    made.outcome = _outcome(session, made)
    _describe(session, made, keep)
    made.client_certificate = _request(session, made, clock)
    return made


def _outcome(session: Session, made: facts_pb2.Handshake) -> facts_pb2.TlsOutcome.ValueType:
    try:
        session.handshake()
    except TimeoutError:
        return facts_pb2.TLS_OUTCOME_TIMED_OUT
    except NotTlsError:
        return facts_pb2.TLS_OUTCOME_NOT_TLS
    except EndedError as error:
        return facts_pb2.TLS_OUTCOME_RESET if error.reset else facts_pb2.TLS_OUTCOME_CLOSED
    except AlertError as error:
        made.alert, made.detail = error.alert, str(error)[:300]
        return facts_pb2.TLS_OUTCOME_ALERT if error.alert else facts_pb2.TLS_OUTCOME_FAILED
    return facts_pb2.TLS_OUTCOME_COMPLETED


def _describe(session: Session, made: facts_pb2.Handshake, keep: Callable[[bytes], bytes]) -> None:
    """Fill in what was seen, however far the handshake came."""
    tls = session.tls
    if made.outcome == facts_pb2.TLS_OUTCOME_COMPLETED:
        made.protocol = tls.get_protocol_version_name()
        made.cipher = tls.get_cipher_name() or ""
    for certificate in (tls.get_peer_cert_chain() or [])[:MOST_CHAIN]:
        der = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
        made.chain.append(certificate_summary(der, keep))
    _add_names(session, made)


def _add_names(session: Session, made: facts_pb2.Handshake) -> None:
    for name in session.tls.get_client_ca_list()[:MOST_NAMES]:
        der = name.der()
        made.acceptable_cas.add(der=der, text=name_text(der))


def asked_late(session: Session, first: facts_pb2.Handshake) -> facts_pb2.Handshake:
    """Return the handshake that a server began anew after the request, to ask for a certificate."""
    made = facts_pb2.Handshake(
        version_tried=first.version_tried,
        with_sni=first.with_sni,
        outcome=facts_pb2.TLS_OUTCOME_COMPLETED,
        protocol=first.protocol,
        cipher=first.cipher,
        chain=first.chain,
        client_certificate=facts_pb2.CLIENT_CERTIFICATE_REQUEST_ASKED,
        detail="asked for after the request, by renegotiation",
    )
    _add_names(session, made)
    return made


def _request(session: Session, made: facts_pb2.Handshake, clock: Clock) -> facts_pb2.ClientCertificateRequest.ValueType:
    if made.outcome != facts_pb2.TLS_OUTCOME_COMPLETED:
        refused = made.alert in CERTIFICATE_REQUIRED or made.outcome == facts_pb2.TLS_OUTCOME_RESET
        if session.heard.asked and refused:
            return facts_pb2.CLIENT_CERTIFICATE_REQUEST_REQUIRED
        return facts_pb2.CLIENT_CERTIFICATE_REQUEST_UNKNOWN
    if not session.heard.asked:
        return facts_pb2.CLIENT_CERTIFICATE_REQUEST_NOT_ASKED
    if made.protocol == "TLSv1.3" and _refused_after(session, made, clock):
        return facts_pb2.CLIENT_CERTIFICATE_REQUEST_REQUIRED
    return facts_pb2.CLIENT_CERTIFICATE_REQUEST_ASKED


def _refused_after(session: Session, made: facts_pb2.Handshake, clock: Clock) -> bool:
    """Tell whether the server refuses once it has read that there is no certificate (TLS 1.3)."""
    session.give_more_time(Deadline(clock, REFUSAL_WAIT_S))
    try:
        session.records_after()
    except AlertError as error:
        made.alert, made.detail = error.alert, str(error)[:300]
        return True
    except (EndedError, NotTlsError):
        return True
    return False
