"""Every target of one context, fetched a few at a time, told in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from typing import Final

from farmsight_agent.clock import Clock
from farmsight_agent.retrieve import platform, proxy
from farmsight_agent.retrieve.fetch import Network, Trail
from farmsight_agent.retrieve.freshest import Freshest
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.platform import Platform
from farmsight_agent.retrieve.proxy import Chooser
from farmsight_agent.retrieve.retrieval import Fetched, conclude, fetch_target
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

AT_ONCE: Final = 4  # slow servers are waited for together; bodies are looked at one by one
Told = tuple[facts_pb2.Fact, list[telemetry_pb2.Sample]]
_BY_TIME: Final = frozenset({facts_pb2.RETRIEVAL_OUTCOME_TIMED_OUT, facts_pb2.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT})


def retrieve_all(
    targets: Sequence[Target],
    limits: Limits,
    clock: Clock,
    keep: Callable[[bytes], bytes],
    connect_to: Mapping[str, str],
    *,
    proxies: Chooser | None = None,
    platforms: tuple[Platform, ...] | None = None,
    deadline_s: float | None = None,
) -> Iterator[Told]:
    """Yield a fact and its samples for every target, and for delta CRLs that base CRLs name.

    Facts and samples carry no context: whoever started this process knows it.
    `proxies` and `platforms` are this process's own unless given. Targets
    that `deadline_s` leaves no time for come out as UNKNOWN. Never raises for
    what the network or an answer does.
    """
    deadline = Deadline(clock, deadline_s) if deadline_s is not None else None
    with closing(proxy.of_this_process() if proxies is None else proxies) as chooser:
        network = Network(limits=limits, clock=clock, connect_to=connect_to, proxies=chooser)
        told = _ours(targets, network, keep, deadline)
        others = platform.of_this_process(limits) if platforms is None else platforms
        if not others:
            yield from told
            return
        held = list(told)  # without their bodies
    platform.beside((fact.retrieval for fact, _ in held), others, limits, deadline, network.directory.is_own)
    yield from held


def _ours(
    targets: Sequence[Target], network: Network, keep: Callable[[bytes], bytes], deadline: Deadline | None
) -> Iterator[Told]:
    """Yield what we fetch ourselves."""
    named = Freshest({target.key for target in targets})
    asked = (one for target in targets for one in _each_question(target))
    concluded = ((one.target, *conclude(one, network, keep)) for one in _fetched(asked, network, deadline))
    for _, rows in groupby(concluded, key=lambda row: row[0].key):
        answers = list(rows)
        target, fact, samples = max(answers, key=lambda row: _weight(row[1].retrieval))
        _tell_nonce(answers[0][1].retrieval, fact.retrieval)
        named.add(target, fact.retrieval)
        yield fact, samples
    for made in _fetched(named.targets, network, deadline):
        yield conclude(made, network, keep)


def _each_question(target: Target) -> Iterator[Target]:
    """Yield the target once for every certificate that its responder is asked about."""
    yield replace(target, questions=())
    for subject, issuer in target.questions:
        yield replace(target, subject_der=subject, issuer_der=issuer, questions=(), with_nonce=False)


def _tell_nonce(first: facts_pb2.Retrieval, told: facts_pb2.Retrieval) -> None:
    """Add to a responder's fact what only its first question asked: whether it knows nonces."""
    if told is not first:
        told.ocsp.ways.extend(way for way in first.ocsp.ways if way.with_nonce)
        told.ocsp.nonce_echoed = first.ocsp.nonce_echoed


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
