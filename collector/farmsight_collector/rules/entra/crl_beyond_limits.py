"""Entra can download the tenant's CRLs while a user waits."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.copies import Copy, Published, judged
from farmsight_collector.rules.limits import CRL_BYTES_ENTRA, CRL_SECONDS_ARTICLE, CRL_SECONDS_ENTRA, Limit
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_SECONDS = {
    facts_pb2.DURATION_CLASS_UNDER_15_S: CRL_SECONDS_ENTRA,
    facts_pb2.DURATION_CLASS_UNDER_20_S: CRL_SECONDS_ARTICLE,
    facts_pb2.DURATION_CLASS_OVER_20_S: CRL_SECONDS_ARTICLE,
}


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare size and time with what Entra allows; time counts in full only as seen from outside."""
    yield from judged(farm, _judge)


def _judge(one: Published) -> Iterator[Verdict]:
    sizes = [copy for copy in one.copies if copy.value.size]
    times = [copy for copy in one.copies if copy.value.took]
    largest = max(sizes, key=lambda copy: int(copy.value.size), default=None)
    quickest = min(times, key=lambda copy: int(copy.value.took), default=None)
    if largest is not None and largest.value.size > CRL_BYTES_ENTRA.value:
        yield _holds(one, largest, f"has {largest.value.size / 1e6:.0f} MB", CRL_BYTES_ENTRA, None)
    elif quickest is not None and quickest.value.took in _SECONDS:
        limit = _SECONDS[quickest.value.took]
        severity = None if one.outside else Severity.WARNING
        yield _holds(one, quickest, f"takes more than {limit.value:g} seconds", limit, severity)
    elif largest is None or quickest is None:
        yield one.doubt("its size is not known" if largest is None else "not known how long it takes")


def _holds(one: Published, copy: Copy, said: str, limit: Limit, severity: Severity | None) -> Holds:
    inside = "" if one.outside else " Nobody fetched it from outside; Entra's own way to it may be another."
    return Holds(
        subject=one.url,
        title=f"The CRL that the tenant names for {one.subject} {said}: {one.url}",
        evidence=(one.authority, copy.held),
        remedy=(told("the CA", "Drop expired entries or divide the CA; host the CRL on a fast public address (CDN)"),),
        severity=severity,
        why=RULE.why + inside,
        limit_used=limit.text,
    )


RULE = Rule(
    code="entra.crl-beyond-limits",
    catalogue=("ENTRA-09",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "vantage"}),
    reads=("entra-authority", "retrieval"),
    what="A CRL at a URL of the tenant is larger, or takes longer, than Entra accepts at sign-in.",
    why="The first sign-ins after each publication fail until a download in the background has filled Entra's cache.",
    remedy="Make the CRL smaller, and host it where the whole Internet gets it fast.",
    check="Measure the fetch from outside; certutil -dump of the CRL: how many entries?",
    undo="Set the former URL on the CA object again.",
    source="Microsoft Entra, certificate revocation list documentation (20 MB, 10 s); Microsoft KB 4032987 (15 s)",
    on_farm=check,
)
