"""What a directory's answer other than the values means, told by its code (RFC 4511 A)."""

import re
from typing import Final

from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.ldap_ber import Result
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2

SUCCESS: Final = 0
SIZE_LIMIT: Final = 4
_REFERRAL: Final = 10
_OPERATIONS_ERROR: Final = 1
_WORDS: Final = {
    1: "the directory reports an operations error",
    2: "the directory reports a protocol error",
    3: "the directory's time limit was reached",
    4: "more entries match than are taken",
    7: "the directory does not know this way to bind",
    8: "the directory wants a stronger bind: signed, or over TLS",
    11: "an administrative limit of the directory was reached",
    13: "the directory wants confidentiality: TLS",
    16: "no such attribute",
    32: "no such object",
    34: "the directory takes the name for none",
    48: "the directory takes no anonymous bind",
    49: "the directory refuses the credentials",
    50: "this account may not read it",
    51: "the directory is busy",
    52: "the directory is unavailable",
    53: "the directory is unwilling",
    80: "the directory reports another error",
}
# Active Directory begins its own words with a Win32 code: ERROR_DS_... in eight digits ([MS-ADTS] 3.1.1.3.1.9).
_WIN32: Final = re.compile(r"([0-9A-Fa-f]{8}): ")
_BIND_FIRST: Final = "000004dc"  # ERROR_NOT_AUTHENTICATED: a successful bind must come first

_FIRST_OF_API: Final = 0x51
_API: Final = {
    0x51: (facts_pb2.RETRIEVAL_OUTCOME_RESET, "the directory does not answer, or dropped the connection"),
    0x52: (facts_pb2.RETRIEVAL_OUTCOME_DIRECTORY_RESULT, "this account could not prove who it is"),
    0x55: (facts_pb2.RETRIEVAL_OUTCOME_TIMED_OUT, "connected, then too slow"),
    0x56: (facts_pb2.RETRIEVAL_OUTCOME_DIRECTORY_RESULT, "no way to bind in common with the directory"),
    0x57: (facts_pb2.RETRIEVAL_OUTCOME_FAILED, "not a filter that can be asked for"),
    0x5B: (facts_pb2.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT, "no answer to the connection"),
}


def refuse(result: Result, doing: str) -> None:
    """Raise the `RetrievalTroubleError` that a result other than success stands for.

    A referral is REDIRECTS, for none is followed; anything else is
    DIRECTORY_RESULT with the LDAP code as `system_error`. Of the server's
    own words only the number counts: the rest differs from server to server.
    """
    if result.code == SUCCESS:
        return
    if result.code == _REFERRAL:
        raise referred(result.referrals)
    found = _WIN32.match(result.diagnostic)
    text = _WORDS.get(result.code, "the directory refuses")
    if found and found.group(1).lower() == _BIND_FIRST and result.code == _OPERATIONS_ERROR:
        text = "the directory wants a bind first: it shows nothing to anonymous readers"
    number = f", {found.group(1).lower()}" if found else ""
    raise directory_result(f"{text} (LDAP result {result.code}{number}, {doing})", result.code)


def from_api(doing: str, code: int, words: str) -> RetrievalTroubleError:
    """Return the trouble of a call of Microsoft's LDAP API that ended so, or was refused so by the server.

    The API's own errors begin at 0x51 (winldap.h, LDAP_RETCODE); `doing` is
    "size" where the answer was larger than wanted.
    """
    if doing == "size":
        text = "the answer is larger than wanted"
        return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_TOO_LARGE, text)
    if code >= _FIRST_OF_API:
        outcome, text = _API.get(code, (facts_pb2.RETRIEVAL_OUTCOME_FAILED, "the LDAP library fails"))
        return RetrievalTroubleError(outcome, f"{text} (LDAP error {code:#x}, as this account, at the {doing})", code)
    try:
        refuse(Result(code=code, diagnostic=words), f"as this account, at the {doing}")
    except RetrievalTroubleError as error:
        return error
    return directory_result("the directory found no fault")


def referred(places: tuple[str, ...]) -> RetrievalTroubleError:
    """Return the trouble of an answer that only points elsewhere."""
    where = urls.printable(min(places), 200) if places else "nowhere"
    text = f"referred to another directory, which is not followed: {where}"
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_REDIRECTS, text)


def directory_result(text: str, code: int = 0) -> RetrievalTroubleError:
    """Return the trouble of an answer that holds no value; `code` 0: the directory found no fault."""
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_DIRECTORY_RESULT, text, max(code, 0))
