"""The agent fetches a URL and Windows can't, under the same account and at the same time, or the other way round."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_collector.pki.revocation import Fetched, fetched
from farmsight_collector.pki.told import only_agent_fails
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch, unreachable_entries
from farmsight_wire.v1 import facts_pb2

_PURPOSES: Final = (
    facts_pb2.RETRIEVAL_PURPOSE_CRL,
    facts_pb2.RETRIEVAL_PURPOSE_DELTA,
    facts_pb2.RETRIEVAL_PURPOSE_AIA,
)
_FAILS_HERE: Final = (
    "Chain building goes by CryptoAPI. The host and the way to it are well, so it is what Windows does otherwise: "
    "its proxy or script, a filter that goes by the program, https, the limits of chain building."
)
_WORKS_HERE: Final = (
    "Sign-in may work where other findings say that this URL fails: Windows may log on to the proxy as the account, "
    "take its PEM for DER, or go another way than the agent."
)


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare each fetch with what CryptoAPI got over the wire, where it was asked."""
    theirs = list(_only_windows(farm, server))
    known = {(one.value.url, one.context) for one in theirs}
    for one in fetches(farm, server, *_PURPOSES):
        if not isinstance(one, CannotTell):
            yield from _compared(one)
        elif (one.subject, one.context) not in known:
            yield one
    for one in theirs:
        title = f"Windows as {one.context} gets {one.value.url}, and the agent does not"
        yield _holds(one, Severity.INFO, title, _WORKS_HERE)


def _only_windows(farm: Farm, server: Server) -> Iterator[Fetched]:
    """Yield the fetches that only the agent failed at: for all other rules their answers are not known."""
    for context in server.contexts("retrievals"):
        if server.ask("retrieval", context=context).knowledge is Knowledge.KNOWN:
            for one in fetched(farm, server, context):
                if one.value.purpose in _PURPOSES and only_agent_fails(one.held.value):
                    yield one


def _compared(one: Fetched) -> Iterator[Verdict]:
    if not one.value.HasField("platform_wire"):
        return
    theirs, url = one.value.platform_wire, one.value.url
    if theirs.detail or not (theirs.ok or theirs.error):
        reason = theirs.detail or "CryptoAPI gave no answer"
        yield CannotTell(server=one.server.name, subject=url, reason=reason, probe="retrievals", context=one.context)
    elif one.ok and not theirs.ok:
        title = f"Windows as {one.context} fails ({theirs.error}) at {url}, and the agent gets it"
        yield _holds(one, RULE.severity, title, _FAILS_HERE)


def _holds(one: Fetched, severity: Severity, title: str, why: str) -> Holds:
    return of_fetch(
        one,
        full=severity,
        title=title,
        why=why,
        evidence=one.server.ask("proxy-setting", context=one.context).facts,
        remedy=(powershell(one.server.name, "netsh winhttp show proxy", f"# as {one.context}: {RULE.remedy}"),),
    )


RULE = Rule(
    code="crl.platform-differs",
    catalogue=unreachable_entries("system", "adfs-service", "network-service"),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "proxy-setting", "store-certificate", "entra-authority"),
    what="CryptoAPI can't fetch a CRL or CA certificate that the agent fetches under the same account, or only it can.",
    why=_FAILS_HERE,
    remedy="Run certutil -verify -urlfetch on a certificate that names the URL; compare the account's proxy settings.",
    check="Run it as the account of the finding: the caller's own answer may differ.",
    source="CryptRetrieveObjectByUrl beside our own fetch; Microsoft KB 2623724, proxy detection of CryptoAPI",
    on_server=check,
)
