"""The chain that the tenant can build from its own list of CAs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import blobs, names
from farmsight_collector.pki.certificates import Certificate, signed_by
from farmsight_collector.pki.inventory import inventory
from farmsight_wire.v1 import facts_pb2

MOST_CAS: Final = 10  # in one chain: "Entra ID certificate revocation list", limits


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One CA object of the tenant."""

    held: Held
    certificate: Certificate | None  # None: the source shows no certificate
    timely: bool = False
    sure: bool = True  # False: only its key is told, and certificates of that key differ in whether they are in time

    @property
    def subject(self) -> str:
        """Return the CA's name."""
        shown = self.certificate.subject if self.certificate else self.held.value.certificate.subject
        return str(shown or self.held.key)

    @property
    def classic(self) -> bool:
        """Tell whether it stands in the list that sign-in through AD FS goes by."""
        return bool(self.held.value.entra_store != facts_pb2.ENTRA_STORE_PKI)


@dataclass(frozen=True, kw_only=True)
class TenantChain:
    """How far the list leads from a user's certificate, its issuer first."""

    steps: tuple[Listed, ...]
    missing: str = ""  # the name of the CA that is not on the list
    namesakes: tuple[Listed, ...] = ()  # of that name, with another key
    doubt: str = ""  # why it can't be told whether the chain is whole

    @property
    def whole(self) -> bool:
        """Tell whether it ends in a root."""
        return not self.missing and not self.doubt


def tenant_chain(farm: Farm, leaf: Certificate) -> TenantChain:
    """Return the longest chain of the tenant's list; raises UnknownFactError when the list is not known.

    Entra builds chains by subject and authority key identifiers ("Entra ID
    certificate revocation list"); here the signature itself must fit.
    """
    objects = _objects(farm)
    best: TenantChain | None = None
    todo: list[tuple[Certificate, tuple[Listed, ...]]] = [(leaf, ())]
    seen: set[str] = set()
    while todo:
        subject, below = todo.pop()
        found = _issuers(objects, subject)
        ended = _ended(subject, below, found)
        if ended is not None:
            best = _better(best, ended)
        for one in found:
            if one.certificate is not None and one.certificate.sha1 not in seen and len(below) <= MOST_CAS:
                seen.add(one.certificate.sha1)
                todo.append((one.certificate, (*below, one)))
        if best is not None and best.whole:
            return best
    assert best is not None or objects  # a leaf without issuers ended above
    return best or TenantChain(steps=(), doubt=f"the listed CAs lead back to each other from {leaf.issuer}")


def _ended(subject: Certificate, below: tuple[Listed, ...], found: tuple[Listed, ...]) -> TenantChain | None:
    """Return the chain where it goes no further; None while it does."""
    if below and subject.self_issued and signed_by(subject, subject):
        return TenantChain(steps=below)
    if len(below) > MOST_CAS:
        return TenantChain(steps=below, doubt=f"more than {MOST_CAS} CAs stand in the chain (ENTRA-16)")
    fitting = [one for one in found if one.certificate is not None]
    if fitting:
        return None
    if found:
        shown = f"whether the key of {found[0].subject} signed {subject.subject} is not shown"
        return TenantChain(steps=(*below, found[0]), doubt=shown)
    return TenantChain(steps=below, missing=subject.issuer)


def _better(one: TenantChain | None, other: TenantChain) -> TenantChain:
    """Return the one that leads further: to a root, else to a doubt, else past more CAs."""
    if one is None:
        return other
    order = [(chain.whole, bool(chain.doubt), len(chain.steps)) for chain in (one, other)]
    return other if order[1] > order[0] else one


def _issuers(objects: Mapping[bytes | str, list[Listed]], subject: Certificate) -> tuple[Listed, ...]:
    """Return the objects that may have issued a certificate; those of the classic list, and in time, come last."""
    found: dict[int, Listed] = {}
    for key in (subject.issuer_name, names.text_key(subject.issuer)):
        for one in objects.get(key, ()):
            if one.certificate is None or signed_by(subject, one.certificate) is not False:
                found[id(one.held)] = one
    return tuple(sorted(found.values(), key=lambda one: (one.classic, one.timely)))  # the last is climbed first


def namesakes(farm: Farm, name: str) -> tuple[Listed, ...]:
    """Return the objects of this name, whatever their key is."""
    return tuple({id(one.held): one for one in _objects(farm).get(names.text_key(name), ())}.values())


@per_farm
def _listed(farm: Farm) -> tuple[Listed, ...]:
    return tuple(_of(farm, held) for held in farm.known("entra-authority"))


@per_farm
def _objects(farm: Farm) -> Mapping[bytes | str, list[Listed]]:
    """Return the objects by their names: as encoded, and as people read them."""
    found: dict[bytes | str, list[Listed]] = {}
    for one in _listed(farm):
        keys: Iterable[bytes | str] = (names.text_key(one.subject),)
        if one.certificate is not None:
            keys = (one.certificate.subject_name, *keys)
        for key in keys:
            found.setdefault(key, []).append(one)
    return found


def _of(farm: Farm, held: Held) -> Listed:
    """Return the object with its certificate: its own bytes, else those of the same certificate or key on the farm."""
    own = held.value.certificate
    read = blobs.certificate_if_read(farm, own.blob_sha256)
    known = inventory(farm).known
    if read is not None or own.sha1:
        there = known[own.sha1].certificate if own.sha1 in known else None
        alike = list(filter(None, (read or there,)))
    else:
        key = own.subject_key_identifier.lower()
        alike = [one.certificate for one in known.values() if key and one.subject_key == key and one.certificate]
    timely = [one for one in alike if one.not_before <= farm.as_of <= one.not_after]
    certificate = next(iter(timely or alike), None)
    return Listed(held=held, certificate=certificate, timely=bool(timely), sure=timely in ([], alike))
