"""Some domain is federated with this farm."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.domains import federated, federated_here
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look whether any domain leads here; a tenant may well have managed domains beside it."""
    name = service_name(farm)
    domains = farm.known("entra-domain")
    if federated_here(farm, name):
        return
    if not domains or not any(d.value.authentication_type for d in domains):
        yield CannotTell(reason="the tenant's domains are not shown", probe="entra", part="domains")
        return
    led = next((d for d in federated(farm) if not (d.value.passive_sign_in_uri or d.value.active_sign_in_uri)), None)
    if led is not None:
        reason = f"{led.key} is federated, and its federation settings, which say where it leads, are not shown"
        yield CannotTell(reason=reason, subject=led.key, probe="entra", part="domains")
        return
    own = [d for d in domains if _above(name, d)] or list(domains)
    yield Holds(
        subject=own[0].key if len(own) == 1 else farm.name,
        title=f"No domain of the tenant is federated with {name}",
        evidence=tuple(own[:8]),
        remedy=(
            told(
                own[0].server,
                "Federate the users' domain with Entra Connect, or move to Entra's own certificate sign-in.",
            ),
        ),
    )


def _above(name: str, domain: Held) -> bool:
    return name.endswith(f".{domain.key.lower()}")


RULE = Rule(
    code="entra.domain-not-federated",
    catalogue=("ENTRA-21",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("entra-domain", "adfs-properties"),
    what="No domain of the tenant sends its users to this farm.",
    why="Users are never redirected to AD FS; what is set up here takes no part in their sign-in.",
    remedy="Decide: federate the domain, or use Entra's own certificate-based authentication.",
    check="Is it meant that these users sign in without AD FS?",
    undo="Convert the domain back with the method that it had.",
    source="Microsoft KB 4032987, general requirements",
    on_farm=check,
)
