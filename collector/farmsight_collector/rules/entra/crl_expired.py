"""The CRLs that the tenant names are current."""

from collections.abc import Iterator
from functools import partial

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.revocation import expired, next_update
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.entra.copies import Published, judged
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for URLs of which every copy that came has passed its next update."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, one: Published) -> Iterator[Verdict]:
    if not all(expired(held.value.crl, farm.as_of) for held in one.copies):
        if not any(next_update(held.value.crl) or _dates_seen(held.value) for held in one.copies):
            yield one.doubt("its dates are not shown")
        return
    ends = max(filter(None, (next_update(held.value.crl) for held in one.copies)))
    kind = "delta CRL" if one.delta else "CRL"
    yield Holds(
        subject=one.url,
        title=f"The {kind} that the tenant names for {one.subject} expired on {ends:%Y-%m-%d %H:%M} UTC: {one.url}",
        evidence=(one.authority, *one.copies[:6]),
        remedy=(powershell("the CA", f"certutil -crl{' delta' if one.delta else ''}", f"# then copy it to {one.url}"),),
        severity=Severity.ERROR if one.delta else None,
    )


def _dates_seen(retrieval: object) -> bool:
    """Tell whether a CRL without an end is known to have none; only some sources leave the dates out."""
    return not retrieval.HasField("dates_seen") or bool(retrieval.dates_seen)  # type: ignore[attr-defined]


RULE = Rule(
    code="entra.crl-expired",
    catalogue=("ENTRA-10", "ENTRA-12"),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "vantage"}),
    reads=("entra-authority", "retrieval"),
    what="The CRL at a URL of the tenant has passed its next update.",
    why="Entra takes an expired CRL for none: certificates of this CA are refused when tokens are renewed.",
    remedy="Publish a new CRL on the CA and copy it to the URL.",
    source="Microsoft Entra, certificate revocation list documentation",
    on_farm=check,
)
