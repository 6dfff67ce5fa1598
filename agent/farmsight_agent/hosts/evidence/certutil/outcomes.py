"""What the codes and words of `certutil -verify -urlfetch` mean for a retrieval."""

from typing import Final

from farmsight_agent.hosts.evidence.certutil.verification_parts import Result
from farmsight_wire.v1 import facts_pb2 as f

# By the Win32, WinHTTP and Winsock number within 0x8007xxxx.
_BY_NUMBER: Final[dict[int, f.RetrievalOutcome.ValueType]] = {
    53: f.RETRIEVAL_OUTCOME_UNREACHABLE,  # ERROR_BAD_NETPATH: file servers
    64: f.RETRIEVAL_OUTCOME_RESET,  # ERROR_NETNAME_DELETED
    121: f.RETRIEVAL_OUTCOME_TIMED_OUT,  # ERROR_SEM_TIMEOUT
    223: f.RETRIEVAL_OUTCOME_TOO_LARGE,  # ERROR_FILE_TOO_LARGE
    1355: f.RETRIEVAL_OUTCOME_UNREACHABLE,  # ERROR_NO_SUCH_DOMAIN: no domain controller answers
    1460: f.RETRIEVAL_OUTCOME_TIMED_OUT,  # ERROR_TIMEOUT
    8206: f.RETRIEVAL_OUTCOME_UNREACHABLE,  # ERROR_DS_BUSY
    8207: f.RETRIEVAL_OUTCOME_UNREACHABLE,  # ERROR_DS_UNAVAILABLE
    8250: f.RETRIEVAL_OUTCOME_UNREACHABLE,  # ERROR_DS_SERVER_DOWN
    10050: f.RETRIEVAL_OUTCOME_UNREACHABLE,
    10051: f.RETRIEVAL_OUTCOME_UNREACHABLE,
    10053: f.RETRIEVAL_OUTCOME_RESET,
    10054: f.RETRIEVAL_OUTCOME_RESET,
    10060: f.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT,
    10061: f.RETRIEVAL_OUTCOME_REFUSED,
    10064: f.RETRIEVAL_OUTCOME_UNREACHABLE,
    10065: f.RETRIEVAL_OUTCOME_UNREACHABLE,
    11001: f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
    11002: f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
    11004: f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
    12002: f.RETRIEVAL_OUTCOME_TIMED_OUT,
    12006: f.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME,
    12007: f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
    # ERROR_WINHTTP_CANNOT_CONNECT: refused or not reached, which it does not tell.
    12029: f.RETRIEVAL_OUTCOME_UNREACHABLE,
    12030: f.RETRIEVAL_OUTCOME_RESET,
    12031: f.RETRIEVAL_OUTCOME_RESET,
    12037: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12038: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12044: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12045: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12156: f.RETRIEVAL_OUTCOME_REDIRECTS,
    12157: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12168: f.RETRIEVAL_OUTCOME_REDIRECTS,
    12169: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12170: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12175: f.RETRIEVAL_OUTCOME_TLS_FAILED,
    12179: f.RETRIEVAL_OUTCOME_TLS_FAILED,
}
# An answer that is no object of the kind: CRYPT_E_BAD_ENCODE, CRYPT_E_NO_MATCH, ERROR_INVALID_DATA.
_NOT_THE_OBJECT: Final = frozenset({0x80092002, 0x80092009, 0x8007000D})
_ASN1: Final = range(0x80093100, 0x80093200)
_WIN32: Final = 0x8007
_HTTP: Final = 0x8019
_PROXY_AUTHENTICATION: Final = 407

# The English words for an answer that outputs show: what each proves of the signature. Any other word proves nothing.
_SIGNATURES: Final[dict[str, f.SignatureCheck.ValueType]] = {
    "verified": f.SIGNATURE_CHECK_VERIFIED,
    "ok": f.SIGNATURE_CHECK_UNSPECIFIED,  # fetched; nothing shows that it was checked
    "expired": f.SIGNATURE_CHECK_UNSPECIFIED,
    "revoked": f.SIGNATURE_CHECK_UNSPECIFIED,
    "unverified": f.SIGNATURE_CHECK_UNSPECIFIED,
    "old base crl": f.SIGNATURE_CHECK_UNSPECIFIED,
    "no idp intersection": f.SIGNATURE_CHECK_UNSPECIFIED,
    "wrong issuer": f.SIGNATURE_CHECK_WRONG_ISSUER,
    "bad signature": f.SIGNATURE_CHECK_FAILED,
}


def is_known(word: str) -> bool:
    """Tell whether a word of the tool is one of those whose meaning is known."""
    return word.lower() in _SIGNATURES


def signature(word: str) -> f.SignatureCheck.ValueType:
    """Return what a known word says of the signature."""
    return _SIGNATURES.get(word.lower(), f.SIGNATURE_CHECK_UNSPECIFIED)


def of_failure(result: Result, into: f.Retrieval) -> None:
    """Say how a retrieval failed, by its HRESULT."""
    code = int(result.error, 16)
    into.platform_error = result.error
    into.detail = result.error_text
    facility, number = code >> 16, code & 0xFFFF
    if facility == _HTTP and 100 <= number <= 599:
        into.http_status = number
        proxy = number == _PROXY_AUTHENTICATION
        into.outcome = f.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION if proxy else f.RETRIEVAL_OUTCOME_HTTP_STATUS
    elif code in _NOT_THE_OBJECT or code in _ASN1:
        into.outcome = f.RETRIEVAL_OUTCOME_BAD_BODY
    else:
        known = _BY_NUMBER if facility == _WIN32 else {}
        into.outcome = known.get(number, f.RETRIEVAL_OUTCOME_FAILED)
    into.system_error = number if facility == _WIN32 else 0
