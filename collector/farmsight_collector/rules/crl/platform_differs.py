"""The agent fetches a URL and Windows can't, under the same account and at the same time, or the other way round."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
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
    for one in fetches(farm, server, *_PURPOSES):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.HasField("platform_wire"):
            yield from _compared(one)


def _compared(one: Fetched) -> Iterator[Verdict]:
    theirs, url = one.value.platform_wire, one.value.url
    if theirs.detail or not (theirs.ok or theirs.error):
        reason = theirs.detail or "CryptoAPI gave no answer"
        yield CannotTell(server=one.server.name, subject=url, reason=reason, probe="retrievals", context=one.context)
    elif theirs.ok != one.ok:
        verb = "gets" if theirs.ok else f"fails ({theirs.error}) at"
        yield of_fetch(
            one,
            full=Severity.INFO if theirs.ok else RULE.severity,
            title=f"Windows as {one.context} {verb} {url}, and the agent {'gets it' if one.ok else 'does not'}",
            why=_WORKS_HERE if theirs.ok else _FAILS_HERE,
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
    source="CryptRetrieveObjectByUrl beside our own fetch; Microsoft KB 2623724, proxy detection of CryptoAPI",
    on_server=check,
)
