"""What a proxy that answers 407 asks for (RFC 9110 11.7). We never answer it: no credentials leave this process."""

import http.client
import re
import sys
from typing import Final

MOST_SCHEMES: Final = 8
# Of a list of challenges, what begins one: a word that no "=" follows.
_SCHEME: Final = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]{0,30})(?=\s+[^\s=,]|\s*(?:,|$))")
_INTEGRATED: Final = frozenset({"negotiate", "ntlm", "kerberos"})


def schemes(response: http.client.HTTPResponse) -> tuple[str, ...]:
    """Return the names of the authentication schemes that the proxy offers, sorted."""
    fields = response.headers.get_all("Proxy-Authenticate") or []
    found = {name.lower(): name for field in fields[:MOST_SCHEMES] for name in _SCHEME.findall(field[:2000])}
    return tuple(sorted(found.values(), key=str.lower))[:MOST_SCHEMES]


def remark(offered: tuple[str, ...]) -> str:
    """Return what to know beside our own 407: Windows may log on to a proxy as the account itself; "" elsewhere."""
    if sys.platform == "win32" and _INTEGRATED & {name.lower() for name in offered}:
        return "the proxy takes integrated authentication, which Windows may give it as this account, and we never do"
    return ""
