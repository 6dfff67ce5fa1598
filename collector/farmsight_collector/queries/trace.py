"""What becomes of one user's certificate on every sign-in path, as of an instant."""

from collections.abc import Iterable

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import certificates
from farmsight_collector.pki.paths.judgement import Chain
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.signin.trace import PATHS, Hop, Trace
from farmsight_collector.signin.walk import traced
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME

VERDICTS = {
    Verdict.PASSES: query_pb2.TRACE_VERDICT_PASSES,
    Verdict.FAILS: query_pb2.TRACE_VERDICT_FAILS,
    Verdict.UNKNOWN: query_pb2.TRACE_VERDICT_UNKNOWN,
}


def answer(picture: Evaluated, request: query_pb2.TraceRequest) -> query_pb2.TraceResponse:
    """Return the trace of the certificate; raises InvalidRequestError when it is none, or a path has no name."""
    unheard = [path for path in request.paths if path not in PATHS]
    if unheard:
        raise InvalidRequestError(f"paths: there is no {', '.join(unheard)}; there is {', '.join(PATHS)}")
    leaf = certificates.parse(request.certificate)
    if isinstance(leaf, certificates.Unparsed):
        raise InvalidRequestError(f"certificate: not one that can be read: {leaf.reason}")
    return message(traced(picture.farm, picture.evaluation, leaf, tuple(request.paths) or PATHS))


def message(trace: Trace) -> query_pb2.TraceResponse:
    """Return a trace as a message; hops that paths share stand in it once."""
    places: dict[int, int] = {}
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
            if id(hop) not in places:
                places[id(hop)] = len(response.hops)
                response.hops.append(_hop(hop))
            told.hops.append(places[id(hop)])
    return response


def _hop(hop: Hop) -> query_pb2.TraceHop:
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
        evidence=map(messages.evidence, hop.evidence),
        chains=_chains(hop.judgement.chains if hop.judgement else ()),
    )


def _chains(chains: Iterable[Chain]) -> Iterable[query_pb2.TraceChain]:
    for chain in chains:
        told = query_pb2.TraceChain(verdict=VERDICTS[chain.verdict], reasons=[one.why for one in chain.reasons])
        for step in chain.steps:
            told.steps.add(
                subject=step.certificate.subject,
                sha1=step.certificate.sha1,
                found_in=step.found_in,
                coverings=[f"{one.source} {one.url}: {one.why}" for one in step.coverings],
                reasons=[one.why for one in step.reasons],
            )
        yield told
