"""Every target of one context, fetched a few at a time, told in order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import Final

from farmsight_agent.clock import Clock
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.fetch import Network, Trail
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.proxy import ProxyRules, from_environment
from farmsight_agent.retrieve.retrieval import Fetched, conclude, fetch_target
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

AT_ONCE: Final = 4  # slow servers are waited for together; bodies are looked at one by one
MOST_FRESHEST: Final = 20
_BY_TIME: Final = frozenset({facts_pb2.RETRIEVAL_OUTCOME_TIMED_OUT, facts_pb2.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT})


def retrieve_all(
    targets: Sequence[Target],
    limits: Limits,
    clock: Clock,
    keep: Callable[[bytes], bytes],
    connect_to: Mapping[str, str],
    *,
    proxies: ProxyRules | None = None,
    deadline_s: float | None = None,
) -> Iterator[tuple[facts_pb2.Fact, list[telemetry_pb2.Sample]]]:
    """Yield a fact and its samples for every target, and for delta CRLs that base CRLs name.

    Facts and samples carry no context: whoever started this process knows it.
    `proxies` is the environment's setting unless given. Targets that
    `deadline_s` leaves no time for come out as UNKNOWN. Never raises for
    what the network or an answer does.
    """
    rules = from_environment(os.environ) if proxies is None else proxies
    network = Network(limits=limits, clock=clock, connect_to=connect_to, proxies=rules)
    deadline = Deadline(clock, deadline_s) if deadline_s is not None else None
    known = {target.key for target in targets}
    found: list[Target] = []
    asked = (one for target in targets for one in _each_question(target))
    concluded = ((one.target, *conclude(one, network, keep)) for one in _fetched(asked, network, deadline))
    for _, rows in groupby(concluded, key=lambda row: row[0].key):
        target, fact, samples = max(rows, key=lambda row: _weight(row[1].retrieval))
        found += _freshest(target, fact.retrieval, known)
        yield fact, samples
    for made in _fetched(found, network, deadline):
        yield conclude(made, network, keep)


def _each_question(target: Target) -> Iterator[Target]:
    """Yield the target once for every certificate that its responder is asked about."""
    yield replace(target, questions=())
    for subject, issuer in target.questions:
        yield replace(target, subject_der=subject, issuer_der=issuer, questions=())


def _weight(answer: facts_pb2.Retrieval) -> int:
    """Rank the answers of one responder: the fact tells the worst, a revoked CA before all."""
    if answer.answer_lists_subject_revoked:
        return 3
    if answer.outcome != facts_pb2.RETRIEVAL_OUTCOME_OK:
        return 2
    return 1 if answer.ocsp.certificate_status == facts_pb2.OCSP_CERTIFICATE_STATUS_UNKNOWN else 0


def _fetched(targets: Iterable[Target], network: Network, deadline: Deadline | None) -> Iterator[Fetched]:
    """Yield the fetched targets in their order, a few of them under way at any time."""
    waiting: deque[Future[Fetched]] = deque()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="retrieve") as pool:
        for target in targets:
            waiting.append(pool.submit(_in_time, target, network, deadline))
            if len(waiting) >= AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _in_time(target: Target, network: Network, deadline: Deadline | None) -> Fetched:
    """Fetch within the time that the whole run has left; what that cuts short is not known."""
    total_s = network.limits.total_s
    try:
        allowed_s = total_s if deadline is None else deadline.left(total_s)
    except TimeoutError:
        return Fetched(target=target, trail=Trail(), trouble=_no_time())
    made = fetch_target(target, network, allowed_s)
    if allowed_s < total_s and made.trouble is not None and made.trouble.outcome in _BY_TIME:
        made.trouble = _no_time()
    return made


def _no_time() -> RetrievalTroubleError:
    text = "the time for the whole run was over"
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN, text)


def _freshest(base: Target, answer: facts_pb2.Retrieval, known: set[str]) -> list[Target]:
    """Return the delta CRLs that a base CRL names (RFC 5280 5.2.6) and that are no targets yet."""
    if base.purpose != facts_pb2.RETRIEVAL_PURPOSE_CRL:
        return []
    made = []
    for position, text in enumerate(answer.crl.freshest_urls[:MOST_FRESHEST]):
        target = Target(
            purpose=facts_pb2.RETRIEVAL_PURPOSE_DELTA,
            url=urls.printable(text),
            named_by=base.named_by,
            position=position,
            issuer_der=base.issuer_der,
            other_issuers=base.other_issuers,
            serials=base.serials,
        )
        if target.key not in known:
            known.add(target.key)
            made.append(target)
    return made
