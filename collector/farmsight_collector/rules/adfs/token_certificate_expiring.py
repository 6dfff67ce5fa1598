"""Token certificates are renewed in time."""

from collections.abc import Iterator
from datetime import timedelta

from farmsight_collector.model.bindings import properties
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.adfs.commands import on_primary
from farmsight_collector.rules.limits import TOKEN_CERTIFICATE_DAYS
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

TYPES = frozenset({"Token-Signing", "Token-Decrypting"})
SOON = timedelta(days=TOKEN_CERTIFICATE_DAYS.value)


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at primary certificates: expired, or soon to expire with nothing that would renew them."""
    certificates = farm.known("adfs-certificate", farm.of_role("adfs"))
    of_type = [c for c in certificates if c.value.type in TYPES and c.value.certificate.HasField("not_after")]
    for held in of_type:
        if held.value.primary != facts_pb2.TRISTATE_YES:
            continue
        ends = _ends(held)
        over = ends < farm.as_of.timestamp()
        if not over and (ends > (farm.as_of + SOON).timestamp() or _renewed(farm, held, of_type)):
            continue
        day = f"{held.value.certificate.not_after.ToDatetime():%Y-%m-%d}"
        yield Holds(
            subject=f"{held.value.type}/{held.value.certificate.sha1}",
            title=f"The {held.value.type} certificate {'expired' if over else 'expires'} on {day}",
            severity=None if over else Severity.WARNING,
            evidence=(held,),
            limit_used="" if over else TOKEN_CERTIFICATE_DAYS.text,
            remedy=(
                on_primary(
                    farm,
                    held.server,
                    "Set-AdfsProperties -AutoCertificateRollover $true",
                    f"Update-AdfsCertificate -CertificateType {held.value.type}",
                    check=(f"Get-AdfsCertificate -CertificateType {held.value.type}",),
                    undo=("Set-AdfsProperties -AutoCertificateRollover $false",),
                ),
            ),
        )


def _renewed(farm: Farm, held: Held, others: list[Held]) -> bool:
    if any(p.value.auto_certificate_rollover == facts_pb2.TRISTATE_YES for p in properties(farm)):
        return True
    return any(o.value.type == held.value.type and _ends(o) > _ends(held) for o in others)


def _ends(held: Held) -> int:
    return int(held.value.certificate.not_after.seconds)


RULE = Rule(
    code="adfs.token-certificate-expiring",
    catalogue=("ADFS-14",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-certificate", "adfs-properties"),
    what="A primary token certificate has expired, or expires within 30 days with roll-over off and no successor.",
    why="From that day Entra refuses the tokens of AD FS, or AD FS can read none.",
    remedy="Make a new certificate, let Entra know it, or turn roll-over on.",
    check="Get-AdfsCertificate: is there a successor already? Is roll-over off on purpose?",
    undo="Set-AdfsProperties -AutoCertificateRollover $false; the former certificate stays until it ends.",
    source="adfsToolbox certificate expiry tests; AD FS troubleshooting, certificates",
    on_farm=check,
)
