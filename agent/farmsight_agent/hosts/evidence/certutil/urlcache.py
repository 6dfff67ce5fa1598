"""`certutil -urlcache [CRL | OCSP | ...] [-v]`, in any display language.

A cache is listed as one URL a line, with a line that counts them below. With
-v there is more below each URL, which differs between versions and is left
aside. What cannot be told to be whole is no listing: that a URL is missing
from it would say that it is not in the cache.
"""

import re
from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence import selection
from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import console, hresults
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.hosts.evidence.certutil.verification_urls import url
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

_HEAD: Final = 8_000
_COUNT: Final = re.compile(r"(?=[^:\uff1a]*Win(?:Http|INet))[^:\uff1a]{1,80}[:\uff1a] *(\d{1,7})", re.IGNORECASE)
_COMMAND: Final = re.compile(r"\bcertutil\b.{0,200}?\s[-/\u2013\u2014]urlcache\b(.*)", re.IGNORECASE)
_REST: Final = re.compile(r"(?:(?<=\s)[0-9*])?>|[|&;)]")
_LONGEST: Final = 2000
_MODE: Final = re.compile(r"\*{4}")  # "****  Online  ****": a download, which lists one URL at most
_DELETED: Final = re.compile(r"\bcertutil\b.*\bdelete\b|\bentries deleted\b", re.IGNORECASE)


def parse(file: Text) -> Seen[facts_pb2.UrlCacheEntry]:
    """Return the entries of a whole listing; raises FailedError or DeniedError."""
    printed = console.lines(file)
    told = hresults.end(printed)
    body = hresults.until_end(printed)
    listed = [(line.number, line.text) for line in body if not line.indented and url(line.text)]
    if told is None:
        if not listed:
            raise failed(file, 1, "not-understood", "no list of a URL cache")
        raise failed(file, listed[-1][0], "truncated", f"a list of {len(listed)} URLs without its end")
    # An empty cache ends in "no more items"; so does a deletion, which lists what is no longer there.
    if told.error and (told.error != hresults.NO_MORE_ITEMS or listed):
        raise hresults.failed(file, told)
    if told.verb != "urlcache" or any(_MODE.match(line.bare) or _DELETED.search(line.bare) for line in body):
        raise failed(file, told.line, "not-understood", "no list of a URL cache")
    if any(_is_a_part(line.bare) for line in body) or selection.gap_in(file.lines(), drawn=False):
        raise FailedError("partial-listing", f"{file.name}: not all of what is cached", source=file.at(1))
    _counted(file, body, len(listed))
    rows = {url(text): number for number, text in reversed(listed)}
    found = sorted((number, one) for one, number in rows.items())
    return seen(file, [(facts_pb2.UrlCacheEntry(url=one), number) for number, one in found])


def _is_a_part(text: str) -> bool:
    """Tell a command that asks for one URL or for other things than CRLs, or that filters what it gets."""
    found = _COMMAND.search(text[:_LONGEST])
    if found is None:
        return False
    asked = [one for one in _REST.split(found[1], maxsplit=1)[0].lower().split() if one[0] not in "-/\u2013\u2014*"]
    return selection.is_filtered(text) or any(one.strip("\"'") != "crl" for one in asked)


def likeness(file: Text) -> Likeness:
    """Tell whether a text is such a list: by the line that ends it, or as nothing but URLs, one a line."""
    if not console.holds(file, hresults.MARK) and not url(file.text.lstrip()[:_HEAD].partition("\n")[0]):
        return Likeness.NO
    printed = console.lines(file)
    told = hresults.end(printed)
    if told is not None:
        return Likeness.CERTAIN if told.verb == "urlcache" else Likeness.NO
    spoken = [line for line in printed if line.text]
    return Likeness.RESEMBLES if spoken and all(url(line.text) for line in spoken) else Likeness.NO


def _counted(file: Text, body: Sequence[Line], listed: int) -> None:
    """Raise FailedError when the line that counts the entries counts others than are there."""
    for line in body:
        count = _COUNT.fullmatch(line.bare)
        if count is not None and int(count[1]) != listed:
            detail = f"{file.name}: {listed} URLs are listed, and {count[1]} are counted"
            raise FailedError("truncated", detail, source=file.at(line.number))
