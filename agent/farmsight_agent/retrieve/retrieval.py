"""One target to one fact: fetched, told what it is, and checked."""

from dataclasses import dataclass, field
from datetime import datetime

from farmsight_agent.clock import timestamp
from farmsight_agent.normalise import fact
from farmsight_agent.normalise.durations import duration_class
from farmsight_agent.retrieve import answers, ocsp, ocsp_ways, remarks
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.answers import Keep
from farmsight_agent.retrieve.fetch import Ask, Network, Trail, fetch
from farmsight_agent.retrieve.ldap_fetch import SCHEMES as LDAP_SCHEMES
from farmsight_agent.retrieve.ldap_fetch import fetch_entry
from farmsight_agent.retrieve.limits import Deadline
from farmsight_agent.retrieve.sniff import sniff
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2, telemetry_pb2


@dataclass(kw_only=True)
class Fetched:
    """A target with what came of it so far; `trouble` is None while all is well."""

    target: Target
    trail: Trail = field(default_factory=Trail)
    trouble: RetrievalTroubleError | None = None
    took_ms: float | None = None  # None: nothing went over the network
    ocsp: facts_pb2.OcspSummary = field(default_factory=facts_pb2.OcspSummary)  # every way of asking


def fetch_target(target: Target, network: Network, allowed_s: float) -> Fetched:
    """Fetch one target within so many seconds; never raises for what the network does."""
    made = Fetched(target=target)
    deadline = Deadline(network.clock, allowed_s)
    try:
        _refuse_unfetched(target)
        if target.purpose == facts_pb2.RETRIEVAL_PURPOSE_OCSP:
            _ask(target, network, deadline, made)
            return made
    except RetrievalTroubleError as error:
        made.trouble = error
        return made
    began = network.clock.monotonic()
    try:
        if urls.scheme_of(target.url) in LDAP_SCHEMES:
            fetch_entry(target.url, target.purpose, network, deadline, made.trail)
        else:
            fetch(Ask(url=target.url), network, deadline, made.trail)
    except RetrievalTroubleError as error:
        made.trouble = error
    if made.trail.hops:
        made.took_ms = (network.clock.monotonic() - began) * 1000
    return made


def _refuse_unfetched(target: Target) -> None:
    """Raise `RetrievalTroubleError` for what is not fetched."""
    if target.not_fetched:
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN, target.not_fetched)
    scheme = urls.scheme_of(target.url)
    # Responders speak HTTP (RFC 6960 A.1).
    directory = scheme in LDAP_SCHEMES and target.purpose != facts_pb2.RETRIEVAL_PURPOSE_OCSP
    if scheme not in urls.PORTS and not directory:
        text = f"the scheme {scheme[:40] or '(none)'} is not fetched"
        raise RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME, text)


def _ask(target: Target, network: Network, deadline: Deadline, made: Fetched) -> None:
    asked = ocsp_ways.ask(target, network, deadline)
    made.trail, made.trouble, made.took_ms = asked.trail, asked.trouble, asked.took_ms
    made.ocsp.ways.extend(asked.ways)
    made.ocsp.nonce_echoed = asked.nonce_echoed


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
        proxy_chosen_by=trail.proxy_chosen_by,
        content_type=trail.content_type,
        content_encoding=trail.content_encoding,
        # How much of a broken body came differs from run to run, and a fact may not: a sample tells it.
        size=0 if made.trouble else trail.body.size,
        ocsp=made.ocsp if made.ocsp.ways else None,
    )
    trouble = made.trouble
    if trouble is None:
        trouble = _judge(made, value, keep, network.clock.now())
    trail.body.close()
    value.remarks.extend(
        remarks.bounded([*remarks.of_url(target.purpose, target.url), *target.remarks, *trail.remarks])
    )
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
    target, trail = made.target, made.trail
    value.body_sha256 = trail.body.sha256
    data, *others = trail.values()
    value.body_kind = sniff(data)
    try:
        if target.purpose == facts_pb2.RETRIEVAL_PURPOSE_OCSP:
            ocsp.judge(target, data, value, keep, now)
        elif target.purpose == facts_pb2.RETRIEVAL_PURPOSE_AIA:
            answers.judge_aia(target, data, value, keep, others=others)
        elif others:
            trail.remarks.append(f"the entry holds {1 + len(others)} values")
            answers.judge_crls(target, (data, *others), value, keep)
        else:
            answers.judge_crl(target, data, value, keep)
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
