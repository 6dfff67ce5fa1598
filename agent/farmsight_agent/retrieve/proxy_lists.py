"""Proxy and bypass lists as WinHTTP and WinINET write them, applied to one URL.

Forms: learn.microsoft.com/windows/win32/api/winhttp/ns-winhttp-winhttp_proxy_info (proxies parted by
semicolons or whitespace, each `[scheme=][scheme://]server[:port]`; bypass entries with `<local>`) and
learn.microsoft.com/windows/win32/wininet/enabling-internet-functionality (wildcards in bypass entries).
"""

import re
from typing import Final

from farmsight_agent.retrieve.proxy import Proxy, named
from farmsight_agent.retrieve.url import HttpUrl

MOST_ENTRIES: Final = 1000
_PARTED: Final = re.compile(r"[;\s]+")
_PORT: Final = re.compile(r":([0-9]{1,5}|\*)$")


def ways(text: str, url: HttpUrl) -> tuple[Proxy | None, ...]:
    """Return the proxies of a list that serve the URL, in the order of the list; () when it has none for it.

    An entry with a scheme of its own goes before those without; `DIRECT`,
    which a script may give last, is None. Raises ValueError when the entries
    for this URL name no HTTP proxy.
    """
    plain: list[Proxy | None] = []
    special: list[Proxy | None] = []
    trouble: ValueError | None = None
    for entry in _entries(text):
        scheme, mark, server = entry.partition("=")
        if mark and scheme.lower() != url.scheme:
            continue
        try:
            found = None if entry.upper() == "DIRECT" else named(server if mark else entry)
        except ValueError as error:
            trouble = error
            continue
        (special if mark else plain).append(found)
    if not special and not plain and trouble is not None:
        raise trouble
    return tuple(dict.fromkeys(special or plain))


def bypassed(text: str, url: HttpUrl) -> bool:
    """Tell whether a bypass list has the URL asked for without the proxy."""
    return any(_matches(entry.lower(), url) for entry in _entries(text))


def _entries(text: str) -> list[str]:
    return [entry for entry in _PARTED.split(text) if entry][:MOST_ENTRIES]


def _matches(entry: str, url: HttpUrl) -> bool:
    host = url.host.lower()
    if entry == "<local>":
        return "." not in host and ":" not in host
    scheme, mark, rest = entry.rpartition("://")
    if mark and scheme != url.scheme:
        return False
    port = _PORT.search(rest) if not rest.endswith("]") and (rest.count(":") == 1 or "]:" in rest) else None
    if port:
        rest = rest[: port.start()]
        if port[1] not in ("*", str(url.port)):
            return False
    return wild(rest.strip("[]"), host)


def wild(pattern: str, text: str) -> bool:
    """Tell whether a text is like a pattern in which `*` stands for anything, in time linear in both.

    The first piece is at the beginning, the last one at the end, and each
    piece between is taken as early as it comes.
    """
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
