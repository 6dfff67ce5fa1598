"""What the server's own chain engine said of certificates, kept beside our own judgement."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from farmsight_agent.contexts.protocol import ChildRequest
from farmsight_agent.hosts.host import Account
from farmsight_agent.normalise.facts import fact
from farmsight_agent.outcome import NotObservedError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes.answers import keep_referred, observe
from farmsight_agent.probes.in_context import by_account, proof
from farmsight_agent.retrieve import user_certificates
from farmsight_wire.v1 import facts_pb2

OTHER_ACCOUNT: Final = "other-account"  # the reason of a host that could be asked, but not as this one
FOR_ONE_CHILD_S: Final = 40.0


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part an account."""
    yield from by_account(tools, lambda account: _of(tools, account))


def _of(tools: Tools, account: Account) -> Part:
    part = _shown(tools, account)
    return _asked_as(tools, account) if part.reason == OTHER_ACCOUNT else part


def _asked_as(tools: Tools, account: Account) -> Part:
    """Let a child ask as an account that the host itself can't ask as."""
    try:
        certificates = user_certificates.read(tools.config.retrieval.user_certificates)
        payload = {"certificates": [b64encode(data).decode() for data in certificates]}
        answer = tools.contexts.run(account, ChildRequest(op="chain", payload=payload, deadline_s=FOR_ONE_CHILD_S))
    except NotObservedError as error:
        return part_not_observed(error, context=account.context)
    return Part(context=account.context, facts=answer.facts, source="api")


def _shown(tools: Tools, account: Account) -> Part:
    asked_by = proof(tools.host, account)

    def wrap(seen: facts_pb2.ChainVerdict, line: str) -> facts_pb2.Fact:
        keep_referred(seen, tools.host, tools.blobs)
        key = seen.elements[0].certificate.sha1 if seen.elements else ""
        return fact(seen, key or "-", context=account.context, asked_by=asked_by, source=line)

    return observe(lambda: tools.host.chain_verdicts(account), wrap, context=account.context)


PROBE = Probe(
    id="chain-verdicts",
    reads="what the server itself said of a certificate's chain and revocation, as each account",
    period_s=900,
    deadline_s=180,  # four accounts, each with certificates whose URLs do not answer
    collect=collect,
)
