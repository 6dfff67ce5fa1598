"""Whether the names in the certificate fit what the tenant knows of its users."""

from typing import Final

from farmsight_collector.model.view import Held, UnknownFactError
from farmsight_collector.rules.entra.domains import is_federated
from farmsight_collector.rules.entra.urls import PRIVATE
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, not_known, passes, unknown
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2


def look(scene: Scene, _way: Way) -> Said:
    """Judge the names' domains: one that the tenant has verified is enough.

    Microsoft KB 4032987, general requirements (a routable address). Whether
    the account itself has the name (USER-03, USER-04) is in no fact.
    """
    named = scene.names
    if not named.domains:
        return fails("The certificate names no account in any domain", entries=("USER-01",))
    if all(map(_private, named.domains)):
        return fails(f"{_listed(named.domains)} is in no public DNS: no tenant can have it", entries=("USER-02",))
    try:
        domains = scene.farm.known("entra-domain")
    except UnknownFactError as error:
        return not_known(error)
    verified = {domain.key.lower() for domain in domains if _verified(domain)}
    fitting = [domain for domain in domains if domain.key.lower() in verified & set(named.domains)]
    if fitting:
        return passes(f"{fitting[0].key} is a verified domain of the tenant", *fitting)
    if not any(d.value.verified in (facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO) for d in domains):
        return unknown(f"The tenant's list of domains is not shown, so {_listed(named.domains)} may be verified")
    text = f"The tenant has not verified {_listed(named.domains)}, the domain of the certificate's names"
    return fails(text, *domains[:8], entries=("USER-02",))


def _listed(domains: tuple[str, ...]) -> str:
    return ", ".join(domains[:4])


def _private(domain: str) -> bool:
    """Tell whether no tenant can verify such a domain: it has no name in public DNS."""
    return "." not in domain or domain.rpartition(".")[2] in PRIVATE


def _verified(domain: Held) -> bool:
    said: int = domain.value.verified
    return said == facts_pb2.TRISTATE_YES or (said != facts_pb2.TRISTATE_NO and is_federated(domain))


ASKED: Final = Asked(
    hop="user-mapping",
    place=Place.FARM,
    look=look,
    learn="import the tenant's domains: farmsight-collector entra add, or entra.json beside the evidence",
)
