"""The tenant's CA certificates are within their time."""

from collections.abc import Iterator
from datetime import datetime

from farmsight_collector.model.view import Farm
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.inventory import Known, inventory
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import add
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for objects past their end, unless a renewal for the same key is listed beside them."""
    objects = listed(farm)
    current = {h.value.certificate.sha1 for h in objects}
    for held in objects:
        known = inventory(farm).known.get(held.value.certificate.sha1)
        ends = known.not_after if known else None
        if known is None or ends is None:
            yield CannotTell(subject=held.key, reason="the CA object's certificate is not shown", probe="entra")
            continue
        over = known.ended(farm.as_of)
        if over is None:
            reason = f"it ends on {ends:%Y-%m-%d} by a listing that names no time zone"
            yield CannotTell(subject=held.key, reason=reason, probe="entra")
        if not over:
            continue
        authority = user_chains(farm).by_sha1.get(known.sha1)
        if authority and any(k.sha1 in current for k in authority.valid_at(farm.as_of)):
            continue
        succeeded = any(_succeeds(inventory(farm).known.get(one), known, farm.as_of) for one in current)
        yield Holds(
            severity=Severity.INFO if succeeded else None,
            why="Another certificate of this CA is listed beside it: the old one is left over." if succeeded else "",
            subject=known.subject,
            title=f"The tenant's certificate of {known.subject} expired on {ends:%Y-%m-%d}",
            evidence=(held,),
            remedy=(add(farm, root=held.value.root == facts_pb2.TRISTATE_YES),),
        )


def _succeeds(other: Known | None, known: Known, at: datetime) -> bool:
    """Tell whether it is a current certificate of a CA that has this one's name."""
    if other is None or other.not_after is None:
        return False
    return names.text_key(other.subject) == names.text_key(known.subject) and other.not_after >= at


RULE = Rule(
    code="entra.authority-expired",
    catalogue=("ENTRA-14",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("entra-authority",),
    what="A CA certificate in the tenant's list has expired.",
    why="No chain through this CA is valid to Entra any more.",
    remedy="Upload the renewed CA certificate with its own CRL URL.",
    check="Get-EntraTrustedCertificateAuthority: keep the output; has the CA been renewed?",
    undo="Remove-EntraTrustedCertificateAuthority of what was added.",
    source="Microsoft KB 4032987, Entra configuration, step 3",
    on_farm=check,
)
