"""A delta CRL is fetched, and is over."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.freshness import ended_words, over
from farmsight_collector.rules.commands import publish
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch, undated
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each delta CRL whose next update has passed."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
        elif one.ok and (ended := over(one.value, farm.as_of)) is not False:
            if ended is None:
                yield undated(one)
                continue
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"The delta CRL {one.value.url} {ended_words(one.value)}",
                why=RULE.why,
                remedy=(publish(one.value.url, delta=True),),
            )


RULE = Rule(
    code="crl.delta-expired",
    catalogue=("CRL-07", "CRL-09"),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="The next update of a delta CRL has passed.",
    why="An expired delta counts as none: the status is offline (0x80092013) though the base CRL is valid.",
    remedy="Publish a new delta CRL; when deltas were turned off, publish a base CRL that names none.",
    check="certutil -getreg CA\\CRLDeltaPeriodUnits: are deltas meant to be published at all?",
    undo="Put back the former delta, of which a copy was kept.",
    source="AD FS user certificate documentation (delta CRLs are found through the base CRL); RFC 5280 5.1.2.5",
    explains=("chain.revocation-offline", "entra.crl-expired"),
    on_server=check,
)
