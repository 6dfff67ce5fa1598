"""What the server's own chain engine said of certificates, kept beside our own judgement."""

from collections.abc import Iterator

from farmsight_agent.hosts.host import Account
from farmsight_agent.normalise.facts import fact
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import keep_referred, observe
from farmsight_agent.probes.in_context import by_account, proof
from farmsight_wire.v1 import facts_pb2


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part an account."""
    yield from by_account(tools, lambda account: _of(tools, account))


def _of(tools: Tools, account: Account) -> Part:
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
    deadline_s=60,
    collect=collect,
)
