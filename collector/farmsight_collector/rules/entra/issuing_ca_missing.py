"""The tenant lists the issuing CA of users' chains."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.entra.authorities import listed, missing
from farmsight_collector.rules.entra.commands import add
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the tenant's list with the CAs that matter on the farm."""
    objects = listed(farm)
    yield from unseen(farm, "store-certificate", part="CA")
    for missed in missing(farm):
        if not missed.root and missed.doubt:
            yield CannotTell(subject=missed.subject, reason=missed.doubt, probe="entra")
        elif not missed.root:
            yield Holds(
                subject=missed.subject,
                title=f"The tenant does not list {missed.subject}; {missed.because}",
                severity=missed.severity,
                evidence=missed.evidence or objects,
                remedy=(add(farm, root=missed.root),),
            )


RULE = Rule(
    code="entra.issuing-ca-missing",
    catalogue=("ENTRA-02",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "store-certificate", "chain-verdict", "given-certificate"),
    what="A issuing CA of users' chains is not among the tenant's trusted CAs.",
    why="Entra can't follow the certificate to a CA it knows: certificate claims are refused (AADSTS5001xx).",
    remedy="Add the CA to the tenant, with its type and a CRL URL that Entra reaches.",
    check="Get-EntraTrustedCertificateAuthority: keep the output; does the CRL URL answer from outside?",
    undo="Remove-EntraTrustedCertificateAuthority of what was added.",
    source="Microsoft KB 4032987, Entra configuration, steps 2 and 3",
    on_farm=check,
)
