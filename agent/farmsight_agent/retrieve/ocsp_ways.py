"""Every way of asking a responder, each tried and told: GET, POST, and once a run with a nonce."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Final

from farmsight_agent.retrieve import ocsp
from farmsight_agent.retrieve.fetch import Ask, Network, Trail, fetch
from farmsight_agent.retrieve.limits import Deadline
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2

MOST_BYTES: Final = 1024 * 1024  # no answer about one certificate comes near
NONCE_OCTETS: Final = 32  # RFC 9654 2.1: what a client should send, and the most that older responders take
# After these another way of asking may still bring an answer; anything else would end the same way.
_ANOTHER_MAY_HELP: Final = frozenset(
    {
        facts_pb2.RETRIEVAL_OUTCOME_HTTP_STATUS,
        facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY,
        facts_pb2.RETRIEVAL_OUTCOME_TRUNCATED,
        facts_pb2.RETRIEVAL_OUTCOME_OCSP_ERROR,
        facts_pb2.RETRIEVAL_OUTCOME_RESET,
    }
)


@dataclass(kw_only=True)
class Asked:
    """What came of a responder: the answer that counts, the trouble that kept it from coming, every way tried."""

    trail: Trail = field(default_factory=Trail)
    trouble: RetrievalTroubleError | None = None
    ways: list[facts_pb2.OcspWay] = field(default_factory=list)
    nonce_echoed: facts_pb2.Tristate.ValueType = facts_pb2.TRISTATE_UNKNOWN
    took_ms: float = 0.0  # without the question for the nonce


def ask(target: Target, network: Network, deadline: Deadline) -> Asked:
    """Ask without a nonce, as caches want it (RFC 5019 4), until an answer is one; then once with a nonce.

    Whether a responder echoes a nonce changes no verdict, so that question
    is asked only where `target` wants it, and its trouble is told as that of
    its way alone. Raises `RetrievalTroubleError` when nothing can be asked.
    """
    wanted = ocsp.asks(target)
    limits = replace(network.limits, max_bytes=min(network.limits.max_bytes, MOST_BYTES))
    bounded = replace(network, limits=limits)
    asked = Asked()
    began = network.clock.monotonic()
    for one in wanted:
        asked.trail.body.close()
        asked.trail = Trail(hops=list(asked.trail.hops))
        way = _one(one, target, bounded, deadline, asked)
        asked.ways.append(way)
        if way.outcome not in _ANOTHER_MAY_HELP:
            break
    asked.took_ms = (network.clock.monotonic() - began) * 1000
    if target.with_nonce and (asked.ways[-1].outcome in {facts_pb2.RETRIEVAL_OUTCOME_OK, *_ANOTHER_MAY_HELP}):
        _with_nonce(target, bounded, deadline, asked)
    return asked


def _one(ask: Ask, target: Target, network: Network, deadline: Deadline, asked: Asked) -> facts_pb2.OcspWay:
    """Ask in one way; a body that is no answer is left to whoever judges it, and only told here."""
    way = facts_pb2.OcspWay(method="POST" if ask.body else "GET")
    asked.trouble = None
    try:
        fetch(ask, network, deadline, asked.trail)
    except RetrievalTroubleError as error:
        asked.trouble = error
        way.outcome = error.outcome
    else:
        _look(asked.trail, target, way)
    way.http_status = asked.trail.status
    return way


def _with_nonce(target: Target, network: Network, deadline: Deadline, asked: Asked) -> None:
    nonce = secrets.token_bytes(NONCE_OCTETS)
    way = facts_pb2.OcspWay(method="POST", with_nonce=True)
    trail = Trail()
    try:
        deadline.left()
        fetch(ocsp.ask_with_nonce(target, nonce), network, deadline, trail)
    except TimeoutError:
        return  # the time was over before: not asked
    except RetrievalTroubleError as error:
        way.outcome = error.outcome
    else:
        _look(trail, target, way)
        if way.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK:
            asked.nonce_echoed = ocsp.echoes(trail.body.read(), nonce)
    finally:
        trail.body.close()
    way.http_status = trail.status
    asked.ways.append(way)


def _look(trail: Trail, target: Target, way: facts_pb2.OcspWay) -> None:
    try:
        way.certificate_status = ocsp.status_in(trail.body.read(), target)
        way.outcome = facts_pb2.RETRIEVAL_OUTCOME_OK
    except RetrievalTroubleError as error:
        way.outcome = error.outcome
