"""Certificate sign-in is offered to users inside."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.offered import not_offered
from farmsight_collector.rules.rule import Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look whether it is offered inside."""
    yield from not_offered(farm, "intranet", "inside")


RULE = Rule(
    code="adfs.certificate-intranet-off",
    catalogue=("ADFS-03",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("adfs-authentication-provider", "adfs-global-policy"),
    what="CertificateAuthentication is not among the primary methods for the intranet.",
    why='Users inside are not offered "sign in using a certificate"; that may be intended.',
    remedy="Add CertificateAuthentication to the primary providers, beside those that are there.",
    check="Get-AdfsGlobalAuthenticationPolicy, on the primary: keep the list; is it meant inside?",
    undo="Set-AdfsGlobalAuthenticationPolicy with the list that was kept.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 5",
    on_farm=check,
)
