"""Which of the tenant's domains are federated with this farm."""

from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held


def federated(farm: Farm) -> tuple[Held, ...]:
    """Return the tenant's federated domains; raises UnknownFactError when the tenant's side is not known."""
    return tuple(d for d in farm.known("entra-domain") if is_federated(d))


def is_federated(domain: Held) -> bool:
    """Tell whether a domain is federated: it says so, or it has federation settings and does not deny it."""
    kind = domain.value.authentication_type.lower()
    return kind == "federated" or (not kind and bool(domain.value.issuer_uri or domain.value.passive_sign_in_uri))


def federated_here(farm: Farm, name: str) -> tuple[Held, ...]:
    """Return the federated domains that lead to the federation service of this name."""
    return tuple(
        d
        for d in federated(farm)
        if name in (host_of(d.value.passive_sign_in_uri), host_of(d.value.active_sign_in_uri))
    )
