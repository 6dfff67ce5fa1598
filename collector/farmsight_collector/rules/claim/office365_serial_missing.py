"""The certificate's serial number passes the relying-party trust for Entra."""

from collections.abc import Iterable

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.claim.trusts import SERIAL, lacking, office365
from farmsight_collector.rules.rule import Rule, Severity, Verdict


def check(farm: Farm) -> Iterable[Verdict]:
    """Run the rules for a sign-in by certificate: their wording is free, and so are their names."""
    return lacking(farm, office365(farm), SERIAL)


RULE = Rule(
    code="claim.office365-serial-missing",
    catalogue=("CLAIM-03",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-trust",),
    what="No rule of the relying-party trust for Entra lets the certificate's serial number pass.",
    why="Entra can't tell which certificate was used: it can't check revocation, and refreshing tokens fails.",
    remedy="Append a pass-through rule for the claim type to the trust's rules.",
    check="Keep the trust's rules in a file; Entra Connect may write its own over them.",
    undo="Set-AdfsRelyingPartyTrust with the rules that were kept.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 4",
    on_farm=check,
)
