"""What the outcomes of a fetch are called, and which of them mean that nothing was fetched."""

from typing import Final

from farmsight_wire.v1 import facts_pb2 as f

WORDS: Final = {
    f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED: "its host name is not resolved",
    f.RETRIEVAL_OUTCOME_REFUSED: "the connection is refused",
    f.RETRIEVAL_OUTCOME_UNREACHABLE: "there is no route to the host",
    f.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT: "nothing answers the connection",
    f.RETRIEVAL_OUTCOME_TIMED_OUT: "the answer takes too long",
    f.RETRIEVAL_OUTCOME_RESET: "the connection is reset",
    f.RETRIEVAL_OUTCOME_TLS_FAILED: "TLS fails",
    f.RETRIEVAL_OUTCOME_HTTP_STATUS: "the web server refuses it",
    f.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION: "the proxy demands authentication",
    f.RETRIEVAL_OUTCOME_REDIRECTS: "it is redirected in vain",
    f.RETRIEVAL_OUTCOME_TRUNCATED: "the answer is cut short",
    f.RETRIEVAL_OUTCOME_DECOMPRESSION: "the answer's compression is broken",
    f.RETRIEVAL_OUTCOME_DIRECTORY_RESULT: "the directory does not give it",
    f.RETRIEVAL_OUTCOME_FAILED: "the fetch fails",
}

# Nothing came: these are the outcomes in which the way to the URL, or its host, is at fault.
NOT_FETCHED: Final = frozenset(WORDS)

# Nothing was tried, or nothing is known of it: no way is at fault, and none is proven.
NOT_TRIED: Final = frozenset(
    {
        f.RETRIEVAL_OUTCOME_UNSPECIFIED,
        f.RETRIEVAL_OUTCOME_UNKNOWN,
        f.RETRIEVAL_OUTCOME_UNSUPPORTED_SCHEME,
        f.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE,
    }
)

# What the platform's code leaves open is not said.
_BY_CODE: Final = {"0x80072ee2": "no answer comes in time", "0x80072efd": "no connection comes about"}


def words(retrieval: f.Retrieval) -> str:
    """Return what happened to the fetch, as a clause."""
    if retrieval.outcome == f.RETRIEVAL_OUTCOME_UNREACHABLE and retrieval.url.lower().startswith("ldap:///"):
        return "no directory can be asked"  # the URL names no host to which there could be a way
    text = _BY_CODE.get(retrieval.platform_error.lower()) or WORDS.get(retrieval.outcome, "the fetch fails")
    if retrieval.outcome == f.RETRIEVAL_OUTCOME_HTTP_STATUS and retrieval.http_status:
        return f"the web server answers {retrieval.http_status}"
    return text
