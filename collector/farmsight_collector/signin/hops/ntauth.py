"""The issuing CA is among those from which the domain takes certificates for accounts."""

from typing import Final

from farmsight_collector.model.view import Held, Knowledge, Server
from farmsight_collector.pki import blobs, names
from farmsight_collector.pki.certificates import Certificate, signed_by
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, passes, unknown
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2

STORE: Final = "NTAuth"


def look(scene: Scene, way: Way) -> Said:
    """Judge the node's own copy of NTAuth; a certificate there must be the one whose key signed the user's.

    "Configure user certificate authentication in AD FS" and Microsoft Japan
    support ask for it; whether the root alone is enough they do not agree.
    """
    node = way.node
    assert node is not None  # the walk asks only where there is one
    if _outside_domain(node):
        return unknown("is in no domain, so its own copy of NTAuth tells nothing")
    held = inventory(scene.farm).need(node, STORE)
    alike = [one for one in held if names.text_key(one.value.certificate.subject) == names.text_key(scene.leaf.issuer)]
    matches = [(one, _issued(scene, one)) for one in alike]
    if any(said for _, said in matches):
        return passes(f"holds {scene.leaf.issuer} in NTAuth", next(one for one, said in matches if said))
    if any(said is None for _, said in matches):
        return unknown(f"holds {scene.leaf.issuer} in NTAuth, with which key is not shown", matches[0][0])
    above = _above(scene, held)
    if above is not None:
        subject = above.value.certificate.subject
        text = f"holds {subject} in NTAuth and not {scene.leaf.issuer}: the sources disagree whether that is enough"
        return unknown(text, above, entries=("STORE-11",))
    return fails(f"does not hold {scene.leaf.issuer} in NTAuth", *held[:10], entries=("STORE-11",))


def _outside_domain(node: Server) -> bool:
    if node.ask("store-certificate", part=STORE).knowledge is Knowledge.NOT_APPLICABLE:
        return True
    return any(one.value.domain_joined == facts_pb2.TRISTATE_NO for one in node.ask("host").facts)


def _issued(scene: Scene, held: Held) -> bool | None:
    """Tell whether the key of this certificate signed the user's; None where that is not shown."""
    own = held.value.certificate
    read = blobs.certificate_if_read(scene.farm, own.blob_sha256)
    if isinstance(read, Certificate):
        return signed_by(scene.leaf, read)
    key, wanted = own.subject_key_identifier, (scene.leaf.authority_key or b"").hex()
    return key == wanted if key and wanted else None


def _above(scene: Scene, held: tuple[Held, ...]) -> Held | None:
    """Return the certificate of a CA above the issuing one, if NTAuth holds any."""
    chains, issuer = user_chains(scene.farm), names.text_key(scene.leaf.issuer)
    issuing = [one for one in chains.authorities if names.text_key(one.subject) == issuer]
    sha1s = {sha1 for one in issuing for above in chains.ancestors(one) for sha1 in above.sha1s}
    return next((one for one in held if one.value.certificate.sha1 in sha1s), None)


ASKED: Final = Asked(
    hop="ntauth",
    place=Place.NODE,
    look=look,
    learn="run an agent on the node, or certutil -store -enterprise NTAuth there",
    reads=("host",),
)
