"""What gRPC's own words for a way that did not come about mean, for the log of a running agent.

Its texts are those of grpcio 1.85; where they change, they are told as they stand.
`doctor` finds out more: it asks at every hop itself.
"""

import re
from typing import Final

_NAMED_BY_DOCTOR: Final = "`farmsight-agent doctor` names the hop"
_MEANINGS: Final = (
    (
        r"HTTP proxy returned response code 407",
        "the proxy gives no tunnel: it answers CONNECT with 407, it wants a login",
    ),
    (
        r"HTTP proxy returned response code (\d{3})",
        r"the proxy gives no tunnel: it answers CONNECT with \1",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED: certificate (?:has expired|is not yet valid)",
        "by this server's clock the collector's certificate is out of date",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "the certificate shown is not of the collector's CA: TLS is opened on the way, or the CA is new",
    ),
    (r"Hostname Verification Check failed", "the certificate shown is not the collector's, but for another name"),
    (r"WRONG_VERSION_NUMBER", "what answers does not speak TLS"),
    (r"Handshake read failed", "the connection is cut during the TLS handshake"),
    (
        r"failed to connect to all addresses.*Socket closed",
        "the connection is closed as soon as TLS stands: the certificate is not taken, or something cuts it off",
    ),
)


def meaning(details: str) -> str:
    """Return what the details of a failed call mean, empty where they speak for themselves."""
    for pattern, means in _MEANINGS:
        if found := re.search(pattern, details):
            return f"{found.expand(means)}; {_NAMED_BY_DOCTOR}"
    return ""
