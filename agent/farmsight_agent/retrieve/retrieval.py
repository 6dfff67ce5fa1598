"""One target to one fact: fetched, told what it is, and checked."""

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from farmsight_agent.clock import timestamp
from farmsight_agent.normalise import fact
from farmsight_agent.normalise.durations import duration_class
from farmsight_agent.retrieve import answers, ocsp
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.answers import Keep
from farmsight_agent.retrieve.fetch import Ask, Network, Trail, fetch
from farmsight_agent.retrieve.limits import Deadline
from farmsight_agent.retrieve.sniff import sniff
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

# The edges in milliseconds, as the contract's DurationClass names them.
# A GET that ends so is asked again by POST; anything else would end the same way.
_POST_MAY_HELP: Final = frozenset(
    {
        facts_pb2.RETRIEVAL_OUTCOME_HTTP_STATUS,
        facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY,
        facts_pb2.RETRIEVAL_OUTCOME_OCSP_ERROR,
        facts_pb2.RETRIEVAL_OUTCOME_RESET,
    }
)


@dataclass(kw_only=True)
class Fetched:
    """A target with what came of it so far; `trouble` is None while all is well."""

    target: Target
    trail: Trail
    trouble: RetrievalTroubleError | None = None
    took_ms: float | None = None  # None: nothing went over the network


def fetch_target(target: Target, network: Network, allowed_s: float) -> Fetched:
    """Fetch one target within so many seconds; never raises for what the network does."""
    try:
        wanted = _asks(target)
    except RetrievalTroubleError as error:
        return Fetched(target=target, trail=Trail(), trouble=error)
    began = network.clock.monotonic()
    deadline = Deadline(network.clock, allowed_s)
    made = _try_all(target, wanted, network, deadline)
    made.took_ms = (network.clock.monotonic() - began) * 1000
    return made


def _asks(target: Target) -> tuple[Ask, ...]:
    """Return the requests to try; raises `RetrievalTroubleError` for what is not fetched."""
    if target.not_fetched:
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN, target.not_fetched)
    scheme = urls.scheme_of(target.url)
    if scheme == "ldap" and target.url.strip()[5:8] == "///" and sys.platform != "win32":
        text = "names no host: only a member of an Active Directory domain can look there"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE, text)
    if scheme not in urls.PORTS:
        text = f"the scheme {scheme[:40] or '(none)'} is not fetched"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME, text)
    if target.purpose == facts_pb2.RETRIEVAL_PURPOSE_OCSP:
        return ocsp.asks(target)
    return (Ask(url=target.url),)


def _try_all(target: Target, wanted: tuple[Ask, ...], network: Network, deadline: Deadline) -> Fetched:
    before: list[facts_pb2.Hop] = []
    for number, ask in enumerate(wanted):
        made = Fetched(target=target, trail=Trail(hops=list(before)))
        try:
            fetch(ask, network, deadline, made.trail)
            if number + 1 < len(wanted):
                _refuse_no_ocsp(made.trail)
        except RetrievalTroubleError as error:
            made.trouble = error
        if made.trouble is None or made.trouble.outcome not in _POST_MAY_HELP or number + 1 == len(wanted):
            break
        before = made.trail.hops
        made.trail.body.close()
    return made


def _refuse_no_ocsp(trail: Trail) -> None:
    answers.refuse_kind(trail.body.read(), facts_pb2.BODY_KIND_OCSP_RESPONSE)


def conclude(made: Fetched, network: Network, keep: Keep) -> tuple[facts_pb2.Fact, list[telemetry_pb2.Sample]]:
    """Return the fact and the samples of a fetched target, and let go of its body."""
    target, trail = made.target, made.trail
    value = facts_pb2.Retrieval(
        purpose=target.purpose,
        url=target.url,
        named_by=target.named_by,
        position=target.position,
        http_status=trail.status,
        dns_addresses=trail.attempt.dns_addresses,
        hops=trail.hops,
        proxy=trail.proxy,
        content_type=trail.content_type,
        content_encoding=trail.content_encoding,
        # How much of a broken body came differs from run to run, and a fact may not: a sample tells it.
        size=0 if made.trouble else trail.body.size,
    )
    trouble = made.trouble
    if trouble is None:
        trouble = _judge(made, value, keep, network.clock.now())
    trail.body.close()
    if trouble is None:
        value.outcome = facts_pb2.RETRIEVAL_OUTCOME_OK
    else:
        value.outcome, value.detail = trouble.outcome, urls.printable_text(trouble.detail)
        value.system_error = trouble.system_error
    samples = []
    if made.took_ms is not None:
        value.took = duration_class(made.took_ms)
        samples = _samples(made, value, network)
    return fact(value, target.key), samples


def _judge(made: Fetched, value: facts_pb2.Retrieval, keep: Keep, now: datetime) -> RetrievalTroubleError | None:
    value.body_sha256 = made.trail.body.sha256
    data = made.trail.body.read()
    value.body_kind = sniff(data)
    try:
        if made.target.purpose == facts_pb2.RETRIEVAL_PURPOSE_OCSP:
            ocsp.judge(made.target, data, value, keep, now)
        elif made.target.purpose == facts_pb2.RETRIEVAL_PURPOSE_AIA:
            answers.judge_aia(made.target, data, value, keep)
        else:
            answers.judge_crl(made.target, data, value, keep)
    except RetrievalTroubleError as error:
        return error
    return None


def _samples(made: Fetched, value: facts_pb2.Retrieval, network: Network) -> list[telemetry_pb2.Sample]:
    now = network.clock.now()
    figures = {"retrieval-duration-ms": made.took_ms or 0.0}
    if made.trail.body.size:
        figures["retrieval-size-bytes"] = float(made.trail.body.size)
    if value.crl.HasField("next_update"):
        left = value.crl.next_update.ToDatetime(tzinfo=now.tzinfo) - now
        figures["crl-seconds-left"] = left.total_seconds()
    at = timestamp(now)
    return [
        telemetry_pb2.Sample(series=series, key=made.target.key, at=at, value=figure)
        for series, figure in figures.items()
    ]
