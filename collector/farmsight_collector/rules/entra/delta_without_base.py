"""A delta CRL is only configured beside a base CRL."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import change
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for objects with a delta URL alone."""
    for held in listed(farm):
        if held.value.delta_crl_url and not held.value.crl_url:
            yield Holds(
                subject=held.value.certificate.subject or held.key,
                title=f"The tenant's object for {held.value.certificate.subject or held.key} has a delta CRL, no base",
                evidence=(held,),
                remedy=(change(held, "CrlDistributionPoint", "http://PUBLIC-HOST/CA.crl", ""),),
            )


RULE = Rule(
    code="entra.delta-without-base",
    catalogue=("ENTRA-12",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("entra-authority",),
    what="A CA object has a delta CRL URL but no base CRL URL.",
    why="Entra refuses such a CA (AADSTS500177).",
    remedy="Set the base URL, or clear the delta URL.",
    check="Does the http URL answer from outside with a base CRL of this CA?",
    undo="Set-EntraTrustedCertificateAuthority with the former URLs.",
    source="Entra documentation on certificate revocation lists",
    on_farm=check,
)
