"""The relying-party trust for Entra, as AD FS lists it."""

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.adfs.office365_trust import is_office365
from farmsight_wire.v1 import facts_pb2


def entra_party(farm: Farm) -> tuple[Held, ...]:
    """Return the trust; raises UnknownFactError when the trusts are not known."""
    trusts = farm.known("adfs-trust", farm.of_role("adfs"))
    return tuple(t for t in trusts if t.value.trust_kind == facts_pb2.TRUST_KIND_RELYING_PARTY and is_office365(t))
