"""An OCSP answer stays in use for as long as a CRL would."""

from collections.abc import Iterator
from datetime import UTC

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.limits import OCSP_DAYS
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each answer whose next update is more than a week away."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_OCSP):
        if isinstance(one, CannotTell):
            yield one
            continue
        answer = one.value.ocsp
        if not one.ok or not answer.HasField("next_update"):
            continue
        ends = answer.next_update.ToDatetime(tzinfo=UTC)
        if (ends - farm.as_of).days >= OCSP_DAYS.value:
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"Answers of {one.value.url} stay in use until {ends:%Y-%m-%d}, whatever is revoked meanwhile",
                why=RULE.why,
                limit_used=OCSP_DAYS.text,
                remedy=(told("the CA", "Publish CRLs more often: its responder's answers live as long as they do"),),
            )


RULE = Rule(
    code="crl.ocsp-long-lived",
    catalogue=("CRL-28",),
    severity=Severity.INFO,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="An OCSP answer is valid for more than a week from now.",
    why="Windows keeps the answer in its cache until then; a certificate that is revoked meanwhile still signs in.",
    remedy="Publish CRLs more often, or shorten the validity of the responder's answers.",
    check="certutil -getreg CA\\CRLPeriodUnits: how long do CRLs live now?",
    undo="certutil -setreg CA\\CRLPeriodUnits with the former value.",
    source="PKI Solutions on certutil -downloadocsp (answers of AD CS responders live as long as the CRL)",
    on_server=check,
)
