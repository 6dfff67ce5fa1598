"""Certificate sign-in is offered to users outside."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.offered import not_offered
from farmsight_collector.rules.rule import Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look whether it is offered outside."""
    # Without a proxy known in front, nobody may be meant to come from outside.
    severity = None if farm.of_role("wap", "proxy") else Severity.WARNING
    yield from not_offered(farm, "extranet", "outside", severity)


RULE = Rule(
    code="adfs.certificate-extranet-off",
    catalogue=("ADFS-02",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("adfs-authentication-provider", "adfs-global-policy"),
    what="CertificateAuthentication is not among the primary methods for the extranet.",
    why='Users outside are never offered "sign in using a certificate".',
    remedy="Add CertificateAuthentication to the primary providers, beside those that are there.",
    check="Get-AdfsGlobalAuthenticationPolicy, on the primary: keep the list.",
    undo="Set-AdfsGlobalAuthenticationPolicy with the list that was kept.",
    source="Microsoft KB 4032987, AD FS and WAP configuration, step 5",
    on_farm=check,
)
