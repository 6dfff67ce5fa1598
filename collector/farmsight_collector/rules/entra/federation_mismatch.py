"""The tenant sends users to this farm with all that belongs to it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from farmsight_collector.model.bindings import properties, service_name
from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held, UnknownFactError
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.entra.domains import federated_here
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

FIELDS = ("passive_sign_in_uri", "active_sign_in_uri", "metadata_exchange_uri")


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare hosts and scheme of the URIs with the farm's name, and the issuer with its identifier."""
    name = service_name(farm)
    for domain in federated_here(farm, name):
        uris = [getattr(domain.value, field) for field in FIELDS]
        wrong = [u for u in uris if u and (host_of(u) != name or not u.lower().startswith("https:"))]
        issuer = domain.value.issuer_uri
        foreign = bool(issuer) and not _own_issuer(farm, domain, issuer)
        if wrong or foreign:
            said = ", ".join([*wrong, *([f"issuer {issuer}"] if foreign else [])])
            yield Holds(
                subject=domain.key,
                severity=None if wrong else Severity.WARNING,
                title=f"{domain.key}: the tenant's federation settings do not match {name}: {said}",
                evidence=(domain,),
                remedy=(
                    powershell(
                        domain.server,
                        f"Get-MgDomainFederationConfiguration -DomainId {quoted(domain.key)} | Format-List",
                        "# then: Entra Connect, manage federation, reset the trust",
                    ),
                ),
            )


def _own_issuer(farm: Farm, domain: Held, issuer: str) -> bool:
    """Accept the farm's identifier, and the form by domain that a farm for several domains issues."""
    try:
        identifiers = {h.value.identifier.rstrip("/").lower() for h in properties(farm)}
    except UnknownFactError:
        identifiers = set()
    by_domain = urlsplit(issuer).path.rstrip("/").lower() == "/adfs/services/trust"
    host = host_of(issuer)
    of_domain = host == domain.key.lower() or domain.key.lower().endswith(f".{host}") or host == service_name(farm)
    return issuer.rstrip("/").lower() in identifiers or (by_domain and of_domain)


RULE = Rule(
    code="entra.federation-mismatch",
    catalogue=("ENTRA-20",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("entra-domain", "adfs-properties"),
    what="A federated domain's URIs or issuer are not this farm's.",
    why="Entra sends users elsewhere, or refuses what this farm issues (AADSTS50107, 50008).",
    remedy="Reset the trust with Entra Connect, or correct the federation configuration.",
    check="Get-MgDomainFederationConfiguration of the domain: keep the output.",
    undo="Update-MgDomainFederationConfiguration with the values that were kept.",
    source="Microsoft Graph, internalDomainFederation",
    on_farm=check,
)
