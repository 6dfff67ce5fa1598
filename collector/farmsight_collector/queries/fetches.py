"""How one fetch of one URL went, in a state and a few words: for tables of many."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from farmsight_collector.model.words import enum_word
from farmsight_collector.pki import outcomes
from farmsight_collector.pki.freshness import next_update, over
from farmsight_collector.pki.told import by_tool, plain
from farmsight_wire.v1 import facts_pb2 as f

# ok: it brought what it is for; bad: proven that it did not; unknown: nobody can tell; none: it was not asked here.
State = Literal["ok", "bad", "unknown", "none"]

_BAD_SIGNATURE: Final = {
    f.SIGNATURE_CHECK_FAILED: "signed by another key",
    f.SIGNATURE_CHECK_WRONG_ISSUER: "of another CA",
}
_CAME_WRONG: Final = {
    f.RETRIEVAL_OUTCOME_BAD_BODY: "what came is something else",
    f.RETRIEVAL_OUTCOME_TOO_LARGE: "the answer is too large",
    f.RETRIEVAL_OUTCOME_OCSP_ERROR: "the responder answers with an error",
}
_NOT_HERE: Final = (f.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME, f.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE)
_UNTOLD: Final = (f.RETRIEVAL_OUTCOME_UNKNOWN, f.RETRIEVAL_OUTCOME_UNSPECIFIED)


@dataclass(frozen=True, kw_only=True)
class Went:
    """How it went."""

    state: State
    text: str
    until: datetime | None = None  # when what came ends, as exactly as it is told


def went(retrieval: f.Retrieval, at: datetime) -> Went:
    """Return how a fetch went, as of an instant: what was good when it came may be over by now.

    The words of the platform's own tool are told in the spelling of an agent.
    """
    value = plain(retrieval)
    if value.outcome in _UNTOLD:
        return Went(state="unknown", text=value.detail or "not told")
    if value.outcome in _NOT_HERE:
        return Went(state="none", text=enum_word(value, "outcome"))
    if value.outcome != f.RETRIEVAL_OUTCOME_OK:
        code = f" ({value.platform_error})" if value.platform_error else ""
        return Went(state="bad", text=_wrong(value) + code)
    if value.signature in _BAD_SIGNATURE:
        return Went(state="bad", text=_BAD_SIGNATURE[value.signature])
    if value.HasField("ocsp"):
        return _answered(value.ocsp, at)
    ends = next_update(value.crl)
    if over(value, at):
        return Went(state="bad", text="expired", until=ends)
    return Went(state="ok", text=_fetched(value), until=ends)


def ends_by_itself(retrieval: f.Retrieval) -> datetime | None:
    """Return when what was fetched turns from good to expired without another look; None where that is not sure."""
    if retrieval.HasField("ocsp") or by_tool(retrieval):
        return None
    return next_update(retrieval.crl)


def _wrong(value: f.Retrieval) -> str:
    said = _CAME_WRONG.get(value.outcome)
    if said is None:
        return outcomes.words(value)
    shown = enum_word(value, "body_kind") if value.body_kind and value.outcome == f.RETRIEVAL_OUTCOME_BAD_BODY else ""
    return f"{said} ({shown})" if shown else said


def _answered(ocsp: f.OcspSummary, at: datetime) -> Went:
    """Return how an OCSP responder answered; that its answer has ended since says nothing of the next one."""
    ends = ocsp.next_update.ToDatetime(tzinfo=UTC) if ocsp.HasField("next_update") else None
    if ocsp.response_status:
        return Went(state="bad", text=f"the responder refuses to answer (status {ocsp.response_status})")
    if ocsp.certificate_status == f.OCSP_CERTIFICATE_STATUS_UNKNOWN:
        return Went(state="bad", text="the responder does not know the certificate", until=ends)
    word = enum_word(ocsp, "certificate_status") if ocsp.certificate_status else "answered"
    if ends is None:
        return Went(state="ok", text=word)
    if ends <= at:
        return Went(state="unknown", text=f"{word}, an answer that ended {ends:%Y-%m-%d %H:%M}Z", until=ends)
    return Went(state="ok", text=f"{word}, until {ends:%Y-%m-%d %H:%M}Z", until=ends)


def _fetched(value: f.Retrieval) -> str:
    if not value.HasField("crl"):
        return "fetched"
    number = f"CRL {value.crl.number}" if value.crl.number else "CRL"
    ends = next_update(value.crl)
    if ends is not None:
        return f"{number}, until {ends:%Y-%m-%d %H:%M}Z"
    seen = value.dates_seen or not value.HasField("dates_seen")
    return f"{number}, never expires" if seen else f"{number}, dates not shown"
