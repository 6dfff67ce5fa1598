"""A delta CRL that the base CRL or a certificate names can't be fetched."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each delta CRL that was not fetched, or that the URL does not hold."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.outcome in NOT_FETCHED:
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"The delta CRL {one.value.url} can't be fetched: {words(one.value)}",
                why=RULE.why,
                remedy=(as_account(server, one.context, one.value.url),),
            )


RULE = Rule(
    code="crl.delta-unreachable",
    catalogue=("CRL-07", "CRL-09"),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="A delta CRL named by a Freshest CRL extension could not be fetched.",
    why=(
        "Once a base CRL or a certificate names a delta, Windows wants it: without it the status is "
        "offline (0x80092013) though the base CRL is valid."
    ),
    remedy="Publish the delta where the base names it, or turn deltas off on the CA and publish a new base CRL.",
    check="Is the delta's file on the web server, under the name that the base CRL has for it?",
    undo="Turn deltas on again with the former CRLDeltaPeriodUnits, and publish.",
    source="AD FS user certificate documentation (delta CRLs are found through the base CRL); RFC 5280 5.2.6",
    explains=(
        "chain.revocation-offline",
        "crl.fetch-differs",
        "entra.crl-url-unreachable",
    ),
    on_server=check,
)
