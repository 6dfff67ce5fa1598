"""A CRL comes to its end and no successor was published."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import told
from farmsight_collector.pki.freshness import doubt, next_update, over, spelled, this_update
from farmsight_collector.rules.commands import publish
from farmsight_collector.rules.limits import CRL_LIFETIME_ENDS, CRL_LIFETIME_LEFT, CRL_OVERLAP_GONE, Limit
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_LONG = timedelta(days=14)  # shorter ones are published with little time to spare, as planned
_NOT_SHOWN = " When the CA meant to publish the next one is not shown by this source."


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each valid CRL that should have a successor by now."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        limit = overdue(one.value.crl, farm.as_of, doubt(one.value)) if one.ok else None
        ends = next_update(one.value.crl)
        if limit is not None and ends is not None and not over(one.value, farm.as_of):
            scheduled = told.by_tool(one.value)
            yield of_fetch(
                one,
                full=_severity(one.value, farm.as_of) if scheduled else RULE.severity,
                title=f"The CRL at {one.value.url} ends on {spelled(one.value, ends)} without a successor",
                why=RULE.why + (_NOT_SHOWN if scheduled else ""),
                limit_used=limit.text,
                remedy=(publish(one.value.url, delta=bool(one.value.crl.delta_base_number)),),
            )


def _severity(retrieval: facts_pb2.Retrieval, at: datetime) -> Severity:
    """Return how bad it is where it is not shown when the next CRL is due: a CA that keeps its plan is near too."""
    begins, ends = this_update(retrieval.crl), next_update(retrieval.crl)
    if begins is None or ends is None or ends - begins < _LONG:
        return Severity.INFO
    return RULE.severity if ends + doubt(retrieval) - at < (ends - begins) * CRL_LIFETIME_ENDS.value else Severity.INFO


def overdue(crl: facts_pb2.CrlSummary, at: datetime, unsure: timedelta = timedelta(0)) -> Limit | None:
    """Return the limit that the CRL is beyond: of its overlap where it says when the next is due, else of its life."""
    begins, ends = this_update(crl), next_update(crl)
    if begins is None or ends is None or ends + unsure <= at or ends <= begins:
        return None
    if crl.HasField("next_publish"):
        due = crl.next_publish.ToDatetime(tzinfo=UTC)
        return CRL_OVERLAP_GONE if at - due > (ends - due) * CRL_OVERLAP_GONE.value + unsure and due < ends else None
    return CRL_LIFETIME_LEFT if ends + unsure - at < (ends - begins) * CRL_LIFETIME_LEFT.value else None


RULE = Rule(
    code="crl.close-to-expiry",
    catalogue=("CRL-32",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="The CA was due to publish a new CRL and the old one is still served, or little of a CRL's life is left.",
    why=(
        "When nothing is published before the next update, every certificate of this CA is refused from that minute on."
    ),
    remedy="Find out why the CA, or the copy to the web server, stopped; publish by hand; allow for an overlap.",
    check="certutil -getreg CA\\CRLPeriodUnits and CRLOverlapUnits; does the service of the CA run?",
    undo="Put back the former CRL file, of which a copy was kept; it is valid until its own end.",
    source=(
        "win32 SecCrypto, certificate revocation list semantics (Next CRL Publish "
        "1.3.6.1.4.1.311.21.4); fractions derived"
    ),
    on_server=check,
)
