"""What the tenant does with the user before AD FS is asked."""

from collections.abc import Container
from typing import Final

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Held, UnknownFactError
from farmsight_collector.rules.entra.domains import is_federated
from farmsight_collector.rules.entra.prompt_login import ASKS
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2

_TENANT: Final = "import the tenant's side: farmsight-collector entra add, or entra.json beside the evidence"


def domains_of(scene: Scene) -> tuple[Held, ...]:
    """Return the tenant's domains of the names in the certificate, those of principal names first.

    A subdomain that the tenant does not list follows the domain above it.
    Raises UnknownFactError when the tenant's domains are not known.
    """
    listed: dict[str, list[Held]] = {}
    for held in scene.farm.known("entra-domain"):
        listed.setdefault(held.key.lower(), []).append(held)
    nearest = dict.fromkeys(_nearest(listed, domain) for domain in scene.names.domains)
    return tuple(held for key in nearest for held in listed.get(key, ()))


def _nearest(listed: Container[str], domain: str) -> str:
    while domain and domain not in listed:
        domain = domain.partition(".")[2]
    return domain


def federated(scene: Scene, _way: Way) -> Said:
    """Judge the domains of the certificate's names: one that leads to this farm is enough.

    By which name the user signs in to Entra is not in the certificate: a name
    in no domain of the tenant tells nothing here (and fails user-mapping).
    """
    name, domains = service_name(scene.farm), domains_of(scene)
    here = [domain for domain in domains if is_federated(domain) and name in _hosts(domain)]
    contrary = [one for one in domains if one not in here and one.key in {own.key for own in here}]
    if contrary:
        return unknown(f"What is told of {here[0].key} does not agree", here[0], *contrary)
    if here:
        return _rolled_out(scene) or passes(f"{here[0].key} is federated with {name}", here[0])
    if not domains:
        named = ", ".join(scene.names.domains) or "none"
        return unknown(f"The tenant lists no domain of the certificate's names ({named})")
    open_ones = [d for d in domains if not _kind(d) or (is_federated(d) and not _hosts(d))]
    if open_ones:
        return unknown(f"The tenant's federation settings of {open_ones[0].key} are not shown", *open_ones)
    away = [domain for domain in domains if is_federated(domain)]
    if away:
        leads = ", ".join(sorted(_hosts(away[0])))
        return fails(f"{away[0].key} is federated with {leads}, not with {name}", *away, entries=("ENTRA-20",))
    return fails(f"{domains[0].key} is not federated: Entra ID signs its users in", *domains, entries=("ENTRA-21",))


def _rolled_out(scene: Scene) -> Said | None:
    """Return what a staged rollout of Entra's own certificate sign-in does, where one is known to be on."""
    try:
        rows = scene.farm.known("entra-rollout")
    except UnknownFactError:
        return None
    on = [rollout for rollout in rows if rollout.value.enabled == facts_pb2.TRISTATE_YES]
    if not on:
        return None
    name = on[0].value.display_name or on[0].key
    if any(rollout.value.whole_organization == facts_pb2.TRISTATE_YES for rollout in on):
        return fails(f"The staged rollout {name} takes everybody past AD FS", *on, entries=("ENTRA-21",))
    text = f"The staged rollout {name} takes its groups past AD FS: whether the user is in one is not known"
    return unknown(text, *on, entries=("ENTRA-21",))


def _kind(domain: Held) -> str:
    return "federated" if is_federated(domain) else str(domain.value.authentication_type)


def _hosts(domain: Held) -> set[str]:
    return {host_of(domain.value.passive_sign_in_uri), host_of(domain.value.active_sign_in_uri)} - {""}


def prompt(scene: Scene, _way: Way) -> Said:
    """Judge promptLoginBehavior of the user's federated domains; one that is not set works like "translate".

    Microsoft KB 4032987, Entra configuration, step 4; AD FS prompt=login
    support: NativeSupport and Disabled both let certificates through.
    """
    domains = [domain for domain in domains_of(scene) if is_federated(domain)]
    if not domains:
        return unknown("The user's domain is not known to be federated")
    asking = [domain for domain in domains if domain.value.prompt_login in ASKS]
    if asking:
        unset = asking[0].value.prompt_login == facts_pb2.PROMPT_LOGIN_NOT_SET
        how = "is not set, which works like translating" if unset else "translates"
        text = f"PromptLoginBehavior of {asking[0].key} {how}: apps that send prompt=login get a password form"
        return fails(text, *asking, entries=("ENTRA-17",))
    silent = [d for d in domains if d.value.prompt_login == facts_pb2.PROMPT_LOGIN_UNSPECIFIED]
    if silent:
        return unknown(f"PromptLoginBehavior of {silent[0].key} is not shown", *silent)
    old = [one for one in scene.of_entries(("ENTRA-18",)) if one.subject in {domain.key for domain in domains}]
    if old:
        return unknown(
            f"AD FS may be too old for prompt=login: {old[0].title}", *old[0].evidence, entries=("ENTRA-18",)
        )
    return passes(f"{domains[0].key} does not turn prompt=login into a password form", *domains)


DOMAIN: Final = Asked(
    hop="domain-federated", place=Place.FARM, look=federated, learn=_TENANT, configured=("entra-rollout",)
)
PROMPT: Final = Asked(hop="prompt-login", place=Place.FARM, look=prompt, learn=_TENANT)
