"""The tenant takes what AD FS signs."""

from datetime import datetime
from typing import Final

from farmsight_collector.model.view import Held
from farmsight_collector.pki.known import dates_doubt, moment, passed
from farmsight_collector.rules.entra.domains import is_federated
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.hops.federation import domains_of
from farmsight_collector.signin.said import Said, fails, passes, unknown
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2


def look(scene: Scene, _way: Way) -> Said:
    """Look for AD FS's primary token-signing certificate among those that the tenant holds for the user's domain."""
    rows = scene.farm.known("adfs-certificate", scene.farm.of_role("adfs"))
    primary = [c for c in rows if c.value.type == "Token-Signing" and c.value.primary == facts_pb2.TRISTATE_YES]
    domains = [domain for domain in domains_of(scene) if is_federated(domain)]
    if not domains:
        return unknown("The user's domain is not known to be federated")
    if not primary:
        return unknown("The certificate by which AD FS signs tokens is not shown")
    silent = [domain for domain in domains if not _held(domain)]
    if silent:
        return unknown(f"The signing certificate that the tenant holds for {silent[0].key} is not shown", silent[0])
    signing = {one.value.certificate.sha1 for one in primary}
    lacking = [domain for domain in domains if not _held(domain) & signing]
    if lacking:
        text = f"The tenant does not know the certificate by which AD FS signs tokens for {lacking[0].key}"
        return fails(text, *lacking, *primary, entries=("ADFS-13",))
    foreign = [one for one in scene.of_entries(("ENTRA-20",)) if one.subject in {domain.key for domain in domains}]
    if foreign:
        text = f"Whether the tenant takes what AD FS issues is not known: {foreign[0].title}"
        return unknown(text, *foreign[0].evidence, entries=("ENTRA-20",))
    over = [one for one in primary if _ended(one, scene.farm.as_of)]
    if over:
        text = "The certificate by which AD FS signs tokens has ended: whether the tenant still takes them is not known"
        return unknown(text, *over, entries=("ADFS-14",))
    return passes(f"The tenant knows the signing certificate for {domains[0].key}", *domains, *primary)


def _ended(one: Held, at: datetime) -> bool:
    own = one.value.certificate
    return bool(passed(moment(own, "not_after"), at, dates_doubt(own)))


def _held(domain: Held) -> set[str]:
    both = (domain.value.signing_certificate, domain.value.next_signing_certificate)
    return {certificate.sha1 for certificate in both if certificate.sha1}


ASKED: Final = Asked(
    hop="token",
    place=Place.FARM,
    look=look,
    learn="run the collection script on the primary AD FS node, and import the tenant's federation settings",
    configured=("adfs-certificate",),
)
