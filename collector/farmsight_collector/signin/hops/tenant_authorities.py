"""The tenant's list of CAs leads from the certificate to a root."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.pki import names
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.signin import tenant
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.tenant import Listed, TenantChain, tenant_chain
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2


def look(scene: Scene, _way: Way) -> Said:
    """Judge the chain that the list makes, and each of its objects.

    Microsoft KB 4032987, Entra configuration, steps 2 and 3: root and
    intermediates, each with its type. "Entra ID certificate revocation
    list": chains by key identifiers, at most ten CAs.
    """
    chain = tenant_chain(scene.farm, scene.leaf)
    if chain.missing:
        return _missing(scene, chain)
    if chain.doubt:
        return unknown(f"The tenant's list may not be whole: {chain.doubt}", *(one.held for one in chain.steps))
    return worst(_objects(scene, chain))


def _missing(scene: Scene, chain: TenantChain) -> Said:
    name, held = chain.missing, tuple(one.held for one in chain.steps)
    alike = tenant.namesakes(scene.farm, name)
    if alike:
        text = f"The tenant lists {name} with another key than that which issued the certificate"
        return fails(text, *(one.held for one in alike), *held, entries=("ENTRA-14", "ENTRA-02"))
    root = _is_root(scene, name)
    which = "the root" if root else "the CA"
    return fails(f"The tenant does not list {which} {name}", *held, entries=("ENTRA-01" if root else "ENTRA-02",))


def _is_root(scene: Scene, name: str) -> bool:
    known = inventory(scene.farm).known.values()
    alike = [one for one in known if names.text_key(one.subject) == names.text_key(name)]
    return any(one.self_issued for one in alike)


def _objects(scene: Scene, chain: TenantChain) -> Iterator[Said]:
    for place, one in enumerate(chain.steps):
        yield _type(one, root=place == len(chain.steps) - 1)
        yield _certificate(scene, one)
    told = " and ".join(one.subject for one in chain.steps[:3])
    yield passes(f"The tenant lists {told}", *(one.held for one in chain.steps))


def _type(one: Listed, *, root: bool) -> Said:
    said: int = one.held.value.root
    meant, word = (facts_pb2.TRISTATE_YES, "a root") if root else (facts_pb2.TRISTATE_NO, "an intermediate")
    if said == meant:
        return passes(f"{one.subject} is listed as {word}", one.held)
    if said in (facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO):
        return fails(f"The tenant does not list {one.subject} as {word}, which it is", one.held, entries=("ENTRA-03",))
    return unknown(f"As what the tenant lists {one.subject} is not shown", one.held)


def _certificate(scene: Scene, one: Listed) -> Said:
    own = one.certificate
    assert own is not None  # only such objects stand in a whole chain
    if not one.classic:
        text = f"{one.subject} is only in the tenant's newer trust store: sign-in through AD FS may not go by it"
        return unknown(text, one.held, entries=("ENTRA-22",))
    if not own.not_before <= scene.farm.as_of <= own.not_after:
        text = f"The tenant's {one.subject} is not within its time ({own.not_after:%Y-%m-%d} is its end)"
        return fails(text, one.held, entries=("ENTRA-14",))
    if not one.sure:
        text = f"Which certificate of {one.subject} the tenant lists is not shown, and one of that key is not in time"
        return unknown(text, one.held, entries=("ENTRA-14",))
    if own.subject_key is None:
        return fails(f"The tenant's {one.subject} has no key identifier", one.held, entries=("ENTRA-15",))
    return passes(f"{one.subject} is within its time", one.held)


ASKED: Final = Asked(
    hop="tenant-authorities",
    place=Place.FARM,
    look=look,
    learn="import the tenant's CAs: farmsight-collector entra add, or entra.json beside the evidence",
)
