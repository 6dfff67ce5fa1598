"""A CRL takes longer to fetch than somebody waits for it."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.limits import CRL_SECONDS_ENTRA, CRL_SECONDS_SLOW, CRL_SECONDS_WINDOWS
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_BEYOND = {
    facts_pb2.DURATION_CLASS_UNDER_10_S: (CRL_SECONDS_SLOW, Severity.WARNING),
    facts_pb2.DURATION_CLASS_UNDER_15_S: (CRL_SECONDS_ENTRA, Severity.WARNING),
    facts_pb2.DURATION_CLASS_UNDER_20_S: (CRL_SECONDS_WINDOWS, Severity.ERROR),
    facts_pb2.DURATION_CLASS_OVER_20_S: (CRL_SECONDS_WINDOWS, Severity.ERROR),
}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL that came, and took more than five seconds."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
        elif one.ok and one.value.took in _BEYOND:
            limit, severity = _BEYOND[one.value.took]
            yield of_fetch(
                one,
                full=severity,
                title=f"{one.value.url} takes more than {limit.value:g} seconds to fetch",
                why=RULE.why,
                limit_used=limit.text,
                remedy=(as_account(server, one.context, one.value.url),),
            )


RULE = Rule(
    code="crl.slow",
    catalogue=("CRL-21",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="A CRL was fetched, but slower than a limit: 5 and 10 seconds are a warning, 15 an error.",
    why=(
        "Windows gives up on a URL after 15 seconds: the first sign-in after each publication fails, "
        "later ones find the CRL in the cache."
    ),
    remedy="Host the CRL nearer or faster, drop expired entries, divide the CA.",
    check="Measure the fetch as the account, more than once: is it the size, the way or the host?",
    undo="Point the name back at the former host.",
    source=(
        "wincrypt.h, ChainUrlRetrievalTimeoutMilliseconds; Microsoft KB 4032987 (15 seconds); Microsoft"
        " Entra documentation (10 seconds)"
    ),
    explains=(
        "wap.congestion",
        "entra.crl-beyond-limits",
    ),
    on_server=check,
)
