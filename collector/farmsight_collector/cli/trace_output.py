"""A sign-in trace as the JSON schema `farmsight.trace/1`."""

from collections.abc import Iterable
from typing import Any, Final

from farmsight_collector.cli.findings_output import evidence_json, instant
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

SCHEMA: Final = "farmsight.trace/1"
VERDICTS: Final = {
    query_pb2.TRACE_VERDICT_PASSES: "passes",
    query_pb2.TRACE_VERDICT_FAILS: "fails",
    query_pb2.TRACE_VERDICT_UNKNOWN: "unknown",
}


def verdict(value: query_pb2.TraceVerdict.ValueType) -> str:
    """Return the word for a verdict; one that is not said is not known."""
    return VERDICTS.get(value, "unknown")


def document(response: query_pb2.TraceResponse) -> dict[str, Any]:
    """Return the whole answer in the schema `farmsight.trace/1`.

    Each path has all its hops. What paths share and is long, the chains,
    stands once under `chains`, by hop, server and context.
    """
    hops = [_hop(one) for one in response.hops]
    return {
        "schema": SCHEMA,
        "farm": response.farm,
        "as_of": instant(response.as_of),
        "verdict": verdict(response.verdict),
        "certificate": response.certificate,
        "subject": response.subject,
        "answer": response.answer,
        "paths": [
            {
                "path": path.path,
                "via": list(path.via),
                "verdict": verdict(path.verdict),
                "hops": [hops[place] for place in path.hops],
            }
            for path in response.paths
        ],
        "chains": [_chains(one) for one in response.hops if one.chains or one.stopped],
        "notes": list(response.notes),
    }


def _hop(hop: query_pb2.TraceHop) -> dict[str, Any]:
    return {
        "hop": hop.hop,
        "server": hop.server,
        "context": CONTEXT_NAMES[hop.context],
        "verdict": verdict(hop.verdict),
        "matters": hop.matters,
        "catalogue": list(hop.catalogue),
        "codes": list(hop.codes),
        "why": hop.why,
        "user_sees": hop.user_sees,
        "administrator_sees": hop.administrator_sees,
        "holds_until": instant(hop.holds_until),
        "evidence": [evidence_json(one) | {"says": one.says or None} for one in hop.evidence],
    }


def _chains(hop: query_pb2.TraceHop) -> dict[str, Any]:
    return {
        "hop": hop.hop,
        "server": hop.server,
        "context": CONTEXT_NAMES[hop.context],
        "stopped": hop.stopped or None,
        "chains": [
            {
                "verdict": verdict(chain.verdict),
                "reasons": list(chain.reasons),
                "steps": list(_steps(chain.steps)),
            }
            for chain in hop.chains
        ],
    }


def _steps(steps: Iterable[query_pb2.TraceStep]) -> Iterable[dict[str, Any]]:
    for step in steps:
        yield {
            "subject": step.subject,
            "sha1": step.sha1,
            "found_in": list(step.found_in),
            "coverings": list(step.coverings),
            "reasons": list(step.reasons),
        }
