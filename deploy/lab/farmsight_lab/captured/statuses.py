"""The numbers of CryptoAPI that certutil prints beside its words: status bits, results, network errors."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

from farmsight_lab.captured.languages.words import Words

# CERT_TRUST_STATUS, wincrypt.h
ERRORS: Final = {
    0x1: "CERT_TRUST_IS_NOT_TIME_VALID",
    0x4: "CERT_TRUST_IS_REVOKED",
    0x20: "CERT_TRUST_IS_UNTRUSTED_ROOT",
    0x40: "CERT_TRUST_REVOCATION_STATUS_UNKNOWN",
    0x1000000: "CERT_TRUST_IS_OFFLINE_REVOCATION",
    0x4000000: "CERT_TRUST_IS_EXPLICIT_DISTRUST",
    0x10000: "CERT_TRUST_IS_PARTIAL_CHAIN",
}
INFOS: Final = {
    0x2: "CERT_TRUST_HAS_KEY_MATCH_ISSUER",
    0x4: "CERT_TRUST_HAS_NAME_MATCH_ISSUER",
    0x8: "CERT_TRUST_IS_SELF_SIGNED",
    0x100: "CERT_TRUST_HAS_PREFERRED_ISSUER",
}
NOT_TIME_VALID: Final = 0x1
REVOKED: Final = 0x4
UNTRUSTED_ROOT: Final = 0x20
OFFLINE: Final = 0x40 | 0x1000000
EXPLICIT_DISTRUST: Final = 0x4000000
PARTIAL_CHAIN: Final = 0x10000
KEY_MATCH: Final = 0x2
SELF_SIGNED: Final = 0x4 | 0x8
PREFERRED: Final = 0x100

RESULTS: Final = {
    "CRYPT_E_REVOKED": 0x80092010,
    "CRYPT_E_REVOCATION_OFFLINE": 0x80092013,
    "CERT_E_EXPIRED": 0x800B0101,
    "CERT_E_UNTRUSTEDROOT": 0x800B0109,
    "CERT_E_CHAINING": 0x800B010A,
    "TRUST_E_EXPLICIT_DISTRUST": 0x800B0111,
}
# The first of them that is set decides the result of the chain.
_RESULT_OF: Final = (
    (EXPLICIT_DISTRUST, "TRUST_E_EXPLICIT_DISTRUST"),
    (REVOKED, "CRYPT_E_REVOKED"),
    (UNTRUSTED_ROOT, "CERT_E_UNTRUSTEDROOT"),
    (PARTIAL_CHAIN, "CERT_E_CHAINING"),
    (NOT_TIME_VALID, "CERT_E_EXPIRED"),
    (OFFLINE, "CRYPT_E_REVOCATION_OFFLINE"),
)

INVALID_DATA: Final = 13
TIMED_OUT: Final = 12002
NAME_NOT_RESOLVED: Final = 12007
CANNOT_CONNECT: Final = 12029
CONNECTION_ERROR: Final = 12030
_NETWORK: Final = {
    TIMED_OUT: ("ERROR_INTERNET_TIMEOUT", "ERROR_WINHTTP_TIMEOUT"),
    NAME_NOT_RESOLVED: ("ERROR_INTERNET_NAME_NOT_RESOLVED", "ERROR_WINHTTP_NAME_NOT_RESOLVED"),
    CANNOT_CONNECT: ("ERROR_INTERNET_CANNOT_CONNECT", "ERROR_WINHTTP_CANNOT_CONNECT"),
    CONNECTION_ERROR: ("ERROR_INTERNET_CONNECTION_ABORTED", "ERROR_WINHTTP_CONNECTION_ERROR"),
}
_HTTP: Final = {
    401: "HTTP_E_STATUS_DENIED",
    403: "HTTP_E_STATUS_FORBIDDEN",
    404: "HTTP_E_STATUS_NOT_FOUND",
    407: "HTTP_E_STATUS_PROXY_AUTH_REQ",
    500: "HTTP_E_STATUS_SERVER_ERROR",
    503: "HTTP_E_STATUS_SERVICE_UNAVAIL",
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why nothing came: a Win32 error, or the status of an HTTP answer."""

    code: int
    http: bool = False

    def told(self, words: Words, errors: Literal["WIN32", "INet", "WinHttp"]) -> str:
        """Return what certutil says after "Error retrieving URL:"."""
        if self.http:
            reason = HTTPStatus(self.code).phrase.capitalize()
            text = words.messages["HTTP"].format(reason=reason, status=self.code)
            named = f" {_HTTP.get(self.code, '')}".rstrip() if errors != "WIN32" else ""
            result = 0x80190000 | self.code
            return f"{text} 0x{result:08x} ({signed(result)}{named})"
        text = words.messages[f"WIN32 {self.code}"]
        where, name = "WIN32", ""
        if errors != "WIN32" and self.code in _NETWORK:
            where, name = errors, f" {_NETWORK[self.code][0 if errors == 'INet' else 1]}"
        elif errors != "WIN32":
            name = " ERROR_INVALID_DATA"
        return f"{text} 0x{0x80070000 | self.code:08x} ({where}: {self.code}{name})"


def signed(result: int) -> int:
    """Return a result as the signed number that is printed beside it."""
    return result - (1 << 32)


def told_result(name: str, words: Words) -> str:
    """Return the line for a result: its text, its number, its name."""
    value = RESULTS[name]
    return f"{words.messages[name]} 0x{value:08x} ({signed(value)} {name})"


def result_of(errors: int) -> str | None:
    """Return the name of the result that these status bits come to; None when none is set."""
    return next((name for bits, name in _RESULT_OF if errors & bits), None)


def names_of(bits: int, table: dict[int, str]) -> list[str]:
    """Return the names of the bits that are set, each with its number."""
    return [f"{name} (0x{bit:x})" for bit, name in table.items() if bits & bit]
