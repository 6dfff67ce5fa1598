"""One endpoint at each of its addresses: connection, handshakes, one request."""

import errno
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from farmsight_agent.clock import Clock, timestamp
from farmsight_agent.endpoint.handshake import asked_late, shake
from farmsight_agent.endpoint.request import Said, request
from farmsight_agent.endpoint.session import AlertError, EndedError, NotTlsError, Session
from farmsight_agent.endpoint.target import CERTIFICATE_TRANSPORT, Endpoint, Patience
from farmsight_agent.normalise import fact
from farmsight_agent.retrieve.connect import Address, Attempt, addresses_of, connect
from farmsight_agent.retrieve.limits import Deadline
from farmsight_agent.retrieve.trouble import RetrievalTroubleError, from_system
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

AT_ONCE: Final = 4  # addresses of one endpoint
Observed = tuple[facts_pb2.Fact, list[telemetry_pb2.Sample]]

# Each version with the name first: that is how clients come.
_TRIALS: Final = (("TLSv1.2", True), ("TLSv1.3", True), ("TLSv1.2", False), ("TLSv1.3", False))
_TCP: Final = {
    facts_pb2.RETRIEVAL_OUTCOME_REFUSED: facts_pb2.TCP_OUTCOME_REFUSED,
    facts_pb2.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT: facts_pb2.TCP_OUTCOME_TIMED_OUT,
    facts_pb2.RETRIEVAL_OUTCOME_UNREACHABLE: facts_pb2.TCP_OUTCOME_UNREACHABLE,
    facts_pb2.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED: facts_pb2.TCP_OUTCOME_NAME_NOT_RESOLVED,
}


@dataclass(frozen=True, kw_only=True)
class Means:
    """What an observation uses."""

    clock: Clock
    patience: Patience
    keep: Callable[[bytes], bytes]
    connect_to: Mapping[str, str]
    trials: Executor  # handshakes of all endpoints, side by side


def observe(endpoint: Endpoint, means: Means) -> Iterator[Observed]:
    """Yield a fact for every address of an endpoint; never raises for what is on the network."""
    timeout_s = means.patience.timeout_s
    try:
        found = addresses_of(endpoint.name, endpoint.port, means.connect_to, timeout_s, Attempt())
    except RetrievalTroubleError as error:
        yield _wrapped(_blank(endpoint, ""), endpoint, error), []
        found = ()
    own = [
        one
        for address in endpoint.own_addresses
        for one in addresses_of(address, endpoint.port, means.connect_to, timeout_s, Attempt())
    ]
    addresses = list(dict.fromkeys([*found, *own]))
    with ThreadPoolExecutor(max_workers=max(1, min(len(addresses), AT_ONCE))) as pool:
        # Most of the time is spent waiting for an endpoint that waits as it should.
        yield from pool.map(lambda address: _at(endpoint, address, means), addresses)


def _at(endpoint: Endpoint, address: Address, means: Means) -> Observed:
    value = _blank(endpoint, address.shown)
    try:
        first = connect(address, means.patience.timeout_s)
    except OSError as error:
        return _wrapped(value, endpoint, from_system(error, connecting=True)), []
    value.tcp = facts_pb2.TCP_OUTCOME_CONNECTED
    if endpoint.plain:
        with closing(first):
            _tell(value, _plain_request(endpoint, first, means))
        return _wrapped(value, endpoint), []
    first.close()
    took_ms = _handshakes(endpoint, address, value, means)
    if any(one.outcome == facts_pb2.TLS_OUTCOME_COMPLETED for one in value.handshakes):
        _tell(value, _secure_request(endpoint, address, value, means))
    made = _wrapped(value, endpoint)
    at = timestamp(means.clock.now())
    sample = telemetry_pb2.Sample(series="tls-handshake-ms", key=made.key, at=at, value=took_ms or 0.0)
    return made, [] if took_ms is None else [sample]


def _handshakes(endpoint: Endpoint, address: Address, value: facts_pb2.TlsEndpoint, means: Means) -> float | None:
    """Try every version with and without SNI; return the milliseconds of the first that completed."""
    # Side by side: whether TLS 1.3 refuses a client without a certificate shows only by waiting for it.
    tried = list(means.trials.map(lambda trial: _trial(endpoint, address, means, *trial), _TRIALS))
    value.handshakes.extend(made for made, _ in tried)
    completed = (ms for made, ms in tried if made.outcome == facts_pb2.TLS_OUTCOME_COMPLETED)
    return next(completed, None)


def _trial(
    endpoint: Endpoint, address: Address, means: Means, version: str, with_sni: bool
) -> tuple[facts_pb2.Handshake, float]:
    began = means.clock.monotonic()
    try:
        connection = connect(address, means.patience.timeout_s)
    except OSError as error:
        made = facts_pb2.Handshake(
            version_tried=version,
            with_sni=with_sni,
            outcome=facts_pb2.TLS_OUTCOME_NOT_TRIED,
            client_certificate=facts_pb2.CLIENT_CERTIFICATE_REQUEST_UNKNOWN,
            detail=from_system(error, connecting=True).detail,
        )
        return made, 0.0
    with closing(connection):
        made = shake(
            connection,
            version=version,
            server_name=endpoint.name if with_sni else None,
            clock=means.clock,
            timeout_s=means.patience.timeout_s,
            keep=means.keep,
        )
    return made, (means.clock.monotonic() - began) * 1000


def _secure_request(endpoint: Endpoint, address: Address, value: facts_pb2.TlsEndpoint, means: Means) -> Said:
    """Ask over a connection of its own, in the newest way that a handshake completed."""
    chosen = _way_to_ask(value)
    name = endpoint.name if chosen.with_sni else None
    try:
        connection = connect(address, means.patience.timeout_s)
    except OSError:
        return Said(outcome=facts_pb2.HTTP_OUTCOME_FAILED)
    with closing(connection):
        deadline = Deadline(means.clock, means.patience.timeout_s)
        session = Session(connection, deadline, version=chosen.version_tried, server_name=name)
        try:
            session.handshake()
        except (OSError, EndedError, AlertError, NotTlsError):
            return Said(outcome=facts_pb2.HTTP_OUTCOME_FAILED)
        session.give_more_time(Deadline(means.clock, means.patience.wait_s))
        asked_before = session.heard.asked
        said = request(endpoint.name, endpoint.port, endpoint.path, session.send, session.receive)
        if session.heard.asked and not asked_before:
            value.handshakes.append(asked_late(session, chosen))
        return said


def _way_to_ask(value: facts_pb2.TlsEndpoint) -> facts_pb2.Handshake:
    """Return the handshake to repeat for the request: with the name, in the newest version.

    Where certificates are asked for, yet no handshake did so, it is TLS 1.2:
    there a server can still ask after the request (RFC 5246 7.4.1.1).
    """
    done = [one for one in value.handshakes if one.outcome == facts_pb2.TLS_OUTCOME_COMPLETED]
    not_asked = facts_pb2.CLIENT_CERTIFICATE_REQUEST_NOT_ASKED
    late = value.path == CERTIFICATE_TRANSPORT and all(one.client_certificate == not_asked for one in done)
    return max(done, key=lambda one: (one.with_sni, (one.version_tried == "TLSv1.2") == late))


def _plain_request(endpoint: Endpoint, connection: socket.socket, means: Means) -> Said:
    deadline = Deadline(means.clock, means.patience.wait_s)

    def receive() -> bytes:
        connection.settimeout(deadline.left())
        try:
            return connection.recv(16384)
        except TimeoutError:
            raise
        except OSError as error:
            raise EndedError(reset=error.errno in (errno.ECONNRESET, errno.EPIPE)) from error

    return request(endpoint.name, endpoint.port, endpoint.path, connection.sendall, receive)


def _tell(value: facts_pb2.TlsEndpoint, said: Said) -> None:
    value.http, value.http_status, value.server_header = said.outcome, said.status, said.server
    if said.alert:
        value.detail = f"TLS alert {said.alert} after the request"
    value.waits_as_it_should = value.path == CERTIFICATE_TRANSPORT and said.outcome == facts_pb2.HTTP_OUTCOME_WAITS


def _blank(endpoint: Endpoint, address: str) -> facts_pb2.TlsEndpoint:
    return facts_pb2.TlsEndpoint(
        name=endpoint.name,
        port=endpoint.port,
        path=endpoint.path,
        address=address,
        plain_http=endpoint.plain,
        http=facts_pb2.HTTP_OUTCOME_NOT_TRIED,
    )


def _wrapped(
    value: facts_pb2.TlsEndpoint, endpoint: Endpoint, trouble: RetrievalTroubleError | None = None
) -> facts_pb2.Fact:
    if trouble is not None:
        value.tcp = _TCP.get(trouble.outcome, facts_pb2.TCP_OUTCOME_FAILED)
        value.detail = trouble.detail
    return fact(value, f"{endpoint.name}:{endpoint.port}{endpoint.path}@{value.address or '-'}")
