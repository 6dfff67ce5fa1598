"""The farm's endpoints as a client meets them: connection, TLS, client certificates, one request."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from farmsight_agent.contexts.protocol import ChildRequest
from farmsight_agent.contexts.runner import own_account
from farmsight_agent.endpoint.plan import plan
from farmsight_agent.endpoint.target import Patience
from farmsight_agent.outcome import NotApplicableError
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import keep_referred
from farmsight_wire.v1 import facts_pb2

DEADLINE_S: Final = 240


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part with every endpoint at every address."""
    try:
        seen = tools.host.recorded("tls-endpoints")
    except NotApplicableError:
        if not tools.config.endpoints.enabled:
            raise NotApplicableError("disabled", "endpoints.enabled is false") from None
        yield _observed(tools)
    else:
        for fact in seen.values:
            keep_referred(fact, tools.host, tools.blobs)
        yield Part(facts=seen.values, source=seen.source)


def _observed(tools: Tools) -> Part:
    """Look from a child: the library that sees a TLS handshake whole is large, and takes what a stranger sends."""
    settings = tools.config.endpoints
    patience = Patience(timeout_s=settings.timeout_s, wait_s=settings.wait_s)
    payload = {
        "endpoints": [endpoint.to_json() for endpoint in plan(tools.host, tools.config)],
        "patience": asdict(patience),
        "connect_to": dict(tools.config.connect_to),
    }
    request = ChildRequest(op="endpoints", payload=payload, deadline_s=DEADLINE_S - 10)
    answer = tools.contexts.run(own_account(facts_pb2.CONTEXT_UNSPECIFIED), request)
    for fact in answer.facts:
        fact.ClearField("asked_by")  # an endpoint shows everybody the same
    return Part(facts=answer.facts, samples=answer.samples, source="network")


PROBE = Probe(
    id="tls-endpoints",
    reads="the farm's endpoints at every address: TCP, TLS 1.2 and 1.3 with and without SNI, the chain, "
    "whether a client certificate is asked for and of which CAs, and the answer to one request",
    period_s=300,
    deadline_s=DEADLINE_S,
    collect=collect,
)
