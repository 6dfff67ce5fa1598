"""Which web proxy each account would use."""

from collections.abc import Iterator

from farmsight_agent.hosts.host import Account
from farmsight_agent.normalise.facts import fact
from farmsight_agent.probe import Part, Probe, Tools
from farmsight_agent.probes.answers import observe
from farmsight_agent.probes.in_context import by_account, proof
from farmsight_wire.v1 import facts_pb2

_KEYS = {
    facts_pb2.PROXY_SOURCE_WINHTTP: "winhttp",
    facts_pb2.PROXY_SOURCE_WININET: "wininet",
    facts_pb2.PROXY_SOURCE_ENVIRONMENT: "environment",
}


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part an account."""
    yield from by_account(tools, lambda account: _of(tools, account))


def _of(tools: Tools, account: Account) -> Part:
    asked_by = proof(tools.host, account)

    def wrap(seen: facts_pb2.ProxySetting, line: str) -> facts_pb2.Fact:
        key = _KEYS.get(seen.proxy_source, "environment")
        return fact(seen, key, context=account.context, asked_by=asked_by, source=line)

    return observe(lambda: tools.host.proxy_settings(account), wrap, context=account.context)


PROBE = Probe(
    id="proxy-settings",
    reads="WinHTTP, WinINET and environment proxy settings of each account",
    period_s=900,
    deadline_s=30,
    collect=collect,
)
