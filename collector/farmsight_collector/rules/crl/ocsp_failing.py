"""An OCSP responder does not answer as it should."""

from collections.abc import Iterator
from datetime import UTC, datetime

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import told
from farmsight_collector.pki.freshness import doubt
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.pki.verdicts import unlearned
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.commands import told as advice
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_ANSWERED = "it answers"
_GET = (
    "Clients that let answers be cached ask by GET first (RFC 5019 5): each check waits for a refusal, or ends with it."
)
_REFUSED = frozenset({"unsuccessful", "failed", told.EXPIRED, "bad signature", "wrong issuer"})


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each responder that is not reached, errs, or signs with an expired certificate."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_OCSP):
        if isinstance(one, CannotTell):
            yield one
            continue
        trouble = _trouble(one.value, farm.as_of)
        by_get = "" if trouble else _refuses_get(one.value)
        if by_get:
            yield of_fetch(
                one,
                full=Severity.INFO,
                title=f"The OCSP responder {one.value.url} answers by POST, and not by GET: {by_get}",
                why=_GET,
                remedy=(
                    advice("the OCSP responder", "Let GET through to it, on the web server or proxy before it, too"),
                ),
            )
        if trouble:
            yield of_fetch(
                one,
                full=Severity.CRITICAL if _is_missed(server, one) else RULE.severity,
                title=f"The OCSP responder {one.value.url} fails: {trouble}",
                why=RULE.why + _ways(one.value),
                remedy=(
                    as_account(server, one.context, one.value.url),
                    advice(
                        "the OCSP responder", "Look at the Online Responder's revocation configuration and certificate"
                    ),
                ),
            )


def _is_missed(server: Server, one: Fetched) -> bool:
    """Tell whether its certificates have no other source, and the server's own engine could not learn their status."""
    mine = set(one.value.named_by)
    rows = (row.value for row in server.ask("retrieval", context=one.context).facts)
    listed = any(row.purpose == facts_pb2.RETRIEVAL_PURPOSE_CRL and mine & set(row.named_by) for row in rows)
    return not listed and not one.alternative and bool(unlearned(server, one.context) & mine)


def _refuses_get(retrieval: facts_pb2.Retrieval) -> str:
    """Return what GET met where POST, which was tried after it, was answered; else nothing."""
    plain = [way for way in retrieval.ocsp.ways if not way.with_nonce]
    answered = any(way.method == "POST" and way.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK for way in plain)
    return next((_met(way) for way in plain if way.method == "GET" and answered and _met(way) != _ANSWERED), "")


def _ways(retrieval: facts_pb2.Retrieval) -> str:
    """Return what each way of asking met, as a sentence, where they did not all meet the same."""
    said = [f"{way.method}{' with a nonce' * way.with_nonce}: {_met(way)}" for way in retrieval.ocsp.ways]
    return f" By {'; by '.join(said)}." if len({_met(way) for way in retrieval.ocsp.ways}) > 1 else ""


def _met(way: facts_pb2.OcspWay) -> str:
    known = {
        facts_pb2.RETRIEVAL_OUTCOME_OK: _ANSWERED,
        facts_pb2.RETRIEVAL_OUTCOME_OCSP_ERROR: "it answers with an error",
        facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY: "its answer is no OCSP response",
    }
    as_fetched = facts_pb2.Retrieval(outcome=way.outcome, http_status=way.http_status)
    return known.get(way.outcome) or words(as_fetched)


def _trouble(retrieval: facts_pb2.Retrieval, at: datetime) -> str:
    answer = retrieval.ocsp
    if retrieval.outcome in NOT_FETCHED:
        return words(retrieval)
    if retrieval.outcome == facts_pb2.RETRIEVAL_OUTCOME_OCSP_ERROR or answer.response_status:
        return f"it answers with status {answer.response_status}"
    if retrieval.outcome == facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY:
        return "its answer is no OCSP response"
    return _of_answer(retrieval, at) if retrieval.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK else ""


def _of_answer(retrieval: facts_pb2.Retrieval, at: datetime) -> str:
    answer = retrieval.ocsp
    if told.word(retrieval) in _REFUSED:
        return f"the platform says: {retrieval.platform_word}"
    if retrieval.signature in (facts_pb2.SIGNATURE_CHECK_FAILED, facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER):
        return "its answer is not signed in the name of the CA"
    if answer.HasField("responder_not_after") and answer.responder_not_after.ToDatetime(tzinfo=UTC) < at:
        return "the certificate that it signs with has expired"
    if answer.HasField("next_update") and answer.next_update.ToDatetime(tzinfo=UTC) + doubt(retrieval) < at:
        return "its answer has expired"
    return ""


RULE = Rule(
    code="crl.ocsp-failing",
    catalogue=("CRL-27",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority", "chain-verdict"),
    what=(
        "An OCSP responder is not reached, answers with an error, or signs with an expired certificate; one that "
        "refuses GET alone is worth knowing."
    ),
    why=(
        "Each check waits for the responder first and then falls back to the CRL: sign-in is slow, and "
        "fails when there is no CRL."
    ),
    remedy="Repair the responder and renew its signing certificate, or take it out of the CA's AIA settings.",
    check="Ask the responder by certutil -url; certutil -dump of its signing certificate.",
    undo="Set the responder's former revocation configuration again.",
    source="RFC 6960 2.3 and 4.2.2.2; RFC 5019 5; AD FS user certificate documentation (CDP or OCSP must be reachable)",
    explains=("crl.fetch-differs", "chain.revocation-offline"),
    on_server=check,
)
