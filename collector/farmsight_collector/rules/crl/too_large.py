"""A CRL is larger than somebody accepts."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.limits import CRL_BYTES_ENTRA, CRL_BYTES_WINDOWS
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL over the limit of Windows (error) or of Entra (warning)."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        over = one.value.outcome == facts_pb2.RETRIEVAL_OUTCOME_TOO_LARGE or one.value.size > CRL_BYTES_WINDOWS.value
        if not over and not (one.ok and one.value.size > CRL_BYTES_ENTRA.value):
            continue
        limit = CRL_BYTES_WINDOWS if over else CRL_BYTES_ENTRA
        size = f"{one.value.size / 1e6:.0f} MB" if one.value.size > limit.value else "more than is fetched"
        yield of_fetch(
            one,
            full=RULE.severity if over else Severity.WARNING,
            title=f"The CRL at {one.value.url} is large: {size}",
            why=RULE.why,
            limit_used=limit.text,
            remedy=(told("the CA", "Drop expired entries, shorten the certificates' lives, or divide the CA's CRL"),),
        )


RULE = Rule(
    code="crl.too-large",
    catalogue=("CRL-21",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="A CRL exceeds what Windows (100 MB) or Entra (20 MB at sign-in) accepts.",
    why="Beyond the limit the CRL is not used, and the status of all certificates of the CA is unknown.",
    remedy="Make the CRL smaller: drop expired entries, divide the CA.",
    check="certutil -dump of the CRL: how many entries, how many of certificates that have ended?",
    undo="certutil -setreg CA\\CRLFlags with the former value.",
    source="wincrypt.h, MaxUrlRetrievalByteCount; Microsoft Entra, certificate revocation list documentation",
    explains=("crl.slow", "chain.revocation-offline", "entra.crl-beyond-limits"),
    on_server=check,
)
