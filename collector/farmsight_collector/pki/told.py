"""A fetch in one spelling: as an agent tells it, or as the platform's own tool printed it.

certutil has a word and an error code where an agent has an outcome. The codes
are the same in every language. Its words are translated: an English one says
what it says, and another says nothing here.
"""

from typing import Final

from farmsight_wire.v1 import facts_pb2 as f

EXPIRED: Final = "expired"
OLD_BASE: Final = "old base crl"
OTHER_POINT: Final = "no idp intersection"  # made out for another distribution point
GOOD: Final = frozenset({"verified", "ok"})
_CAME: Final = GOOD | {EXPIRED, OLD_BASE, OTHER_POINT, "wrong issuer", "bad signature", "revoked"}
_OF_NO_USE: Final = frozenset({OLD_BASE, OTHER_POINT})
_SIGNATURES: Final = {
    "wrong issuer": f.SIGNATURE_CHECK_WRONG_ISSUER,
    "bad signature": f.SIGNATURE_CHECK_FAILED,
    "0x80096004": f.SIGNATURE_CHECK_FAILED,
}
_UNSAID: Final = frozenset({f.RETRIEVAL_OUTCOME_UNSPECIFIED, f.RETRIEVAL_OUTCOME_FAILED})
_HTTP: Final = 0x80190000  # FACILITY_HTTP: the status stands in the low word
_ASN1: Final = range(0x80093100, 0x80093200)  # CRYPT_E_ASN1_*: what came could not be decoded
_OUTCOMES: Final = {
    0x80072EE2: f.RETRIEVAL_OUTCOME_TIMED_OUT,
    0x80072EE7: f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
    0x80072EFD: f.RETRIEVAL_OUTCOME_UNREACHABLE,  # no connection, for whatever reason
    0x80072EFE: f.RETRIEVAL_OUTCOME_RESET,
    0x80072EFF: f.RETRIEVAL_OUTCOME_RESET,
    0x80072F7D: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    0x80072F8F: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    0x80092009: f.RETRIEVAL_OUTCOME_BAD_BODY,  # CRYPT_E_NO_MATCH: what came is no such object
}


def by_tool(retrieval: f.Retrieval) -> bool:
    """Tell whether the platform's own tool says it: its times are local ones, without a zone."""
    return bool(retrieval.platform_word) or retrieval.HasField("dates_seen")


def of_no_use(retrieval: f.Retrieval) -> bool:
    """Tell whether the tool says that the CRL which came does not fit, whatever its dates are."""
    return word(retrieval) in _OF_NO_USE


def word(retrieval: f.Retrieval) -> str:
    """Return the tool's word for the answer, for comparing."""
    return retrieval.platform_word.strip().casefold()


def unjudged(retrieval: f.Retrieval) -> bool:
    """Tell whether something was answered of which the tool's word is not known: it may serve, or not."""
    return retrieval.outcome == f.RETRIEVAL_OUTCOME_UNKNOWN and bool(retrieval.platform_word)


def only_agent_fails(retrieval: f.Retrieval) -> bool:
    """Tell whether CryptoAPI got over the wire, as the same account, what the agent did not."""
    failed = retrieval.outcome not in {f.RETRIEVAL_OUTCOME_OK, f.RETRIEVAL_OUTCOME_UNKNOWN}
    return retrieval.platform_wire.ok and failed


def only_agent_refused(retrieval: f.Retrieval) -> bool:
    """Tell whether a directory gave the agent nothing, and the platform was not asked or did not say.

    An agent reads most directories without a login, and Active Directory
    shows nothing to such a reader (Microsoft KB 326690); the account itself
    may get what it asks for.
    """
    refused = retrieval.outcome == f.RETRIEVAL_OUTCOME_DIRECTORY_RESULT
    return refused and not retrieval.platform_wire.error and not retrieval.platform_error


def plain(retrieval: f.Retrieval) -> f.Retrieval:
    """Return the retrieval with outcome, status and signature told as an agent tells them.

    Where only the agent fails, nothing is known of the answer: chains are
    built by what Windows gets, and that is not here.
    """
    if only_agent_fails(retrieval):
        return _not_known(retrieval, "Windows gets it as the same account")
    if only_agent_refused(retrieval):
        return _not_known(retrieval, "whether the account would be given it was not asked")
    if not retrieval.platform_word and not retrieval.platform_error:
        return retrieval
    made = f.Retrieval()
    made.CopyFrom(retrieval)
    code, said = _code(retrieval.platform_error), word(retrieval)
    if _HTTP < code < _HTTP + 600 and not made.http_status:
        made.http_status = code - _HTTP
    if made.outcome in _UNSAID:
        made.outcome = _outcome(code, said, made.outcome)
    if unjudged(made) and made.dates_seen and made.crl.HasField("next_update"):
        made.outcome = f.RETRIEVAL_OUTCOME_OK  # a CRL came, for it is shown: its dates judge it
    if made.outcome == f.RETRIEVAL_OUTCOME_HTTP_STATUS and made.http_status == 407:
        made.outcome = f.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION
    if not made.signature:
        found = _SIGNATURES.get(said) or _SIGNATURES.get(retrieval.platform_error.lower())
        made.signature = found or f.SIGNATURE_CHECK_UNSPECIFIED
    return made


def _not_known(retrieval: f.Retrieval, why: str) -> f.Retrieval:
    made = f.Retrieval()
    made.CopyFrom(retrieval)
    made.outcome = f.RETRIEVAL_OUTCOME_UNKNOWN
    made.detail = f"the agent failed ({retrieval.detail or 'no detail'}); {why}"
    return made


def _outcome(code: int, said: str, outcome: f.RetrievalOutcome.ValueType) -> f.RetrievalOutcome.ValueType:
    if _HTTP < code < _HTTP + 600:
        return f.RETRIEVAL_OUTCOME_HTTP_STATUS
    if code in _ASN1:
        return f.RETRIEVAL_OUTCOME_BAD_BODY
    if code:
        return _OUTCOMES.get(code, outcome)
    return f.RETRIEVAL_OUTCOME_OK if said in _CAME else outcome


def _code(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0
