"""The certificate's issuer passes the claims-provider trust of Active Directory."""

from collections.abc import Iterable

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.claim.trusts import ISSUER, active_directory, lacking
from farmsight_collector.rules.rule import Rule, Severity, Verdict


def check(farm: Farm) -> Iterable[Verdict]:
    """Run the rules for a sign-in by certificate: their wording is free, and so are their names."""
    return lacking(farm, active_directory(farm), ISSUER)


RULE = Rule(
    code="claim.provider-issuer-missing",
    catalogue=("CLAIM-02",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-trust",),
    what="No rule of the claims-provider trust of Active Directory lets the certificate's issuer pass.",
    why="Entra can't tell which certificate was used: it can't check revocation, and refreshing tokens fails.",
    remedy="Append a pass-through rule for the claim type to the trust's rules.",
    check="Keep the trust's rules in a file.",
    undo="Set-AdfsClaimsProviderTrust with the rules that were kept.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 4",
    on_farm=check,
)
