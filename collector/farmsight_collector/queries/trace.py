"""What becomes of one user's certificate on every sign-in path, as of an instant."""

from collections.abc import Iterable
from typing import Final

from farmsight_collector.errors import InvalidRequestError, TooMuchError
from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Held
from farmsight_collector.pki import certificates
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths.judgement import Chain, Covering
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.signin.trace import PATHS, Hop, Trace
from farmsight_collector.signin.walk import traced
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME

VERDICTS: Final = {
    Verdict.PASSES: query_pb2.TRACE_VERDICT_PASSES,
    Verdict.FAILS: query_pb2.TRACE_VERDICT_FAILS,
    Verdict.UNKNOWN: query_pb2.TRACE_VERDICT_UNKNOWN,
}
LARGEST_CERTIFICATE: Final = 64 * 1024
LARGEST_ANSWER: Final = 48 * 1024 * 1024  # under what the command line takes
MOST_EVIDENCE: Final = 50  # of one hop
MOST_CHAINS: Final = 8  # of one hop; the first decides


def answer(picture: Evaluated, request: query_pb2.TraceRequest) -> query_pb2.TraceResponse:
    """Return the trace of the certificate.

    Raises InvalidRequestError when it is none, or a path has no name, and
    TooMuchError where the answer would be larger than one message may be.
    """
    asked = tuple(dict.fromkeys(request.paths))
    unheard = [path for path in asked if path not in PATHS]
    if unheard:
        raise InvalidRequestError(f"paths: there is no {', '.join(unheard[:5])}; there is {', '.join(PATHS)}")
    leaf = _certificate(request.certificate)
    response = message(traced(picture.farm, picture.evaluation, leaf, asked or PATHS))
    if response.ByteSize() > LARGEST_ANSWER:
        raise TooMuchError(f"an answer with {len(response.paths)} pairs of servers; ask for one of the paths alone")
    return response


def _certificate(data: bytes) -> Certificate:
    """Return the certificate; a private key is refused by name, and nothing of either is told."""
    if len(data) > LARGEST_CERTIFICATE:
        raise InvalidRequestError(f"certificate: {len(data)} bytes are over {LARGEST_CERTIFICATE}")
    leaf = certificates.parse(data)
    if isinstance(leaf, certificates.Unparsed):
        from farmsight_collector.offline import reading  # noqa: PLC0415 - only a refusal needs it

        kind = reading.key_in(data)
        refused = f"{kind} was sent; send the certificate without its key" if kind else "none that can be read as DER"
        raise InvalidRequestError(f"certificate: {refused}")
    return leaf


def message(trace: Trace) -> query_pb2.TraceResponse:
    """Return a trace as a message; hops that paths share stand in it once."""
    seen: dict[int, int] = {}  # most paths have the very hops of others
    places: dict[tuple[object, ...], int] = {}
    proofs: dict[int, query_pb2.Evidence] = {}  # hops rest on much the same facts
    response = query_pb2.TraceResponse(
        farm=trace.farm,
        as_of=messages.stamp(trace.as_of),
        certificate=trace.certificate,
        subject=trace.subject,
        verdict=VERDICTS[trace.verdict],
        answer=trace.answer,
        notes=trace.notes,
    )
    for path in trace.paths:
        told = response.paths.add(path=path.path, via=path.via, verdict=VERDICTS[path.verdict])
        for hop in path.hops:
            if id(hop) not in seen:
                seen[id(hop)] = places.setdefault(_said(hop), len(response.hops))
                if seen[id(hop)] == len(response.hops):
                    response.hops.append(_hop(hop, proofs))
            told.hops.append(seen[id(hop)])
    return response


def _said(hop: Hop) -> tuple[object, ...]:
    """Return what tells hops apart; facts and judgements are the view's own, and told by identity."""
    words = (hop.hop, hop.server, hop.context, hop.verdict, hop.why, hop.user_sees, hop.administrator_sees)
    return (*words, hop.catalogue, hop.codes, hop.matters, tuple(map(id, hop.evidence)), id(hop.judgement))


def _hop(hop: Hop, proofs: dict[int, query_pb2.Evidence]) -> query_pb2.TraceHop:
    judged = hop.judgement
    return query_pb2.TraceHop(
        hop=hop.hop,
        server=hop.server,
        context=CONTEXT_BY_NAME[hop.context],
        verdict=VERDICTS[hop.verdict],
        catalogue=hop.catalogue,
        why=hop.why,
        user_sees=hop.user_sees,
        administrator_sees=hop.administrator_sees,
        codes=hop.codes,
        matters=hop.matters,
        evidence=[_proof(held, proofs) for held in hop.evidence[:MOST_EVIDENCE]],
        chains=_chains(judged.chains[:MOST_CHAINS] if judged else ()),
        stopped=judged.stopped if judged else "",
        holds_until=messages.stamp(judged.holds_until if judged else None),
    )


def _proof(held: Held, proofs: dict[int, query_pb2.Evidence]) -> query_pb2.Evidence:
    if id(held) not in proofs:
        proofs[id(held)] = messages.evidence(held)
    return proofs[id(held)]


def _chains(chains: Iterable[Chain]) -> Iterable[query_pb2.TraceChain]:
    for chain in chains:
        told = query_pb2.TraceChain(verdict=VERDICTS[chain.verdict], reasons=[one.why for one in chain.reasons])
        for step in chain.steps:
            told.steps.add(
                subject=step.certificate.subject,
                sha1=step.certificate.sha1,
                found_in=step.found_in,
                coverings=map(_covering, step.coverings),
                reasons=[one.why for one in step.reasons],
            )
        yield told


def _covering(one: Covering) -> str:
    until = "" if one.until is None else f"{one.until:%Y-%m-%d %H:%M}"
    ends = f", until {until} UTC" if until and until not in one.why else ""
    return f"{one.source} {one.url}".rstrip() + f": {one.why}{ends}"
