"""`certutil -dump FILE.pfx`: recognised, so that nobody takes it for a store, and otherwise left alone.

A PKCS #12 file is somebody's key with its certificates, and no part of what
a server trusts.
"""

import itertools
from typing import NoReturn

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.certutil import console, hresults
from farmsight_agent.hosts.evidence.certutil.store_entries import is_header
from farmsight_agent.outcome import NotApplicableError


def parse(file: Text) -> NoReturn:
    """Take nothing; raises NotApplicableError that says so."""
    detail = f"{file.name}: a dump of a PKCS #12 file; nothing is taken from it"
    raise NotApplicableError("pkcs12-dump", detail, source=file.at(1))


def likeness(file: Text) -> Likeness:
    """Tell whether a text is such a dump: the heading of a certificate, and below it one of a nested message."""
    if not console.holds(file, "===="):
        return Likeness.NO
    printed = [line for line in console.lines(file) if line.text]
    told = hresults.end(printed)
    if told is not None and told.verb != "dump":
        return Likeness.NO
    nested = any(is_header(one) and is_header(other) for one, other in itertools.pairwise(printed))
    return Likeness.CERTAIN if nested else Likeness.NO
