"""Each CA object of the tenant has a CRL URL."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import change
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for objects with neither base nor delta URL."""
    for held in listed(farm):
        if not held.value.crl_url and not held.value.delta_crl_url:
            yield Holds(
                subject=held.value.certificate.subject or held.key,
                title=f"The tenant's object for {held.value.certificate.subject or held.key} has no CRL URL",
                evidence=(held,),
                severity=Severity.ERROR if _required(farm, held) else None,
                remedy=(change(held, "CrlDistributionPoint", "http://PUBLIC-HOST/CA.crl", ""),),
            )


def _required(farm: Farm, held: Held) -> bool:
    """Tell whether the tenant is known to fail certificates of a CA without a CRL."""
    policies = (p.value for server in farm.servers for p in server.ask("entra-certificate-policy").facts)
    own = held.value.certificate.subject_key_identifier
    yes = facts_pb2.TRISTATE_YES
    return any(
        p.enabled == yes and p.crl_validation_required == yes and own not in p.crl_exempt_key_identifiers
        for p in policies
    )


RULE = Rule(
    code="entra.crl-url-missing",
    catalogue=("ENTRA-04",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "entra-certificate-policy"),
    what="A CA object of the tenant has no CRL URL.",
    why="Entra never learns of revoked certificates of this CA; where CRL validation is required, its users fail.",
    remedy="Set the CRL URL by hand: those in the certificates are not used.",
    check="Does the http URL answer from outside with a CRL of this CA?",
    undo="Set-EntraTrustedCertificateAuthority with an empty CrlDistributionPoint.",
    source="Microsoft KB 4032987, Entra configuration, step 2; Entra documentation on certificate revocation lists",
    on_farm=check,
)
