"""The issuer is among those that the server says it takes: devices offer no other certificate."""

from collections.abc import Iterable
from typing import Final

from farmsight_collector.model.endpoints import Seen
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Held, Server
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.rules.tls.issuers import list_store
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.hops.port import met_at
from farmsight_collector.signin.hops.tls import serving_any
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way

Key = bytes | str


def look(scene: Scene, way: Way) -> Said:
    """Judge the list that was sent, else the store that it would be made from.

    An empty list takes everything (RFC 5246 7.4.4). A list that names only a
    CA above the issuing one serves clients that hold the whole chain.
    """
    server = way.entry
    assert server is not None  # the walk asks only where there is one
    looks = [one for one in met_at(scene.farm, server) if one.asks_certificate]
    if looks:
        return worst(_sent(scene, one) for one in looks)
    return _configured(scene, server)


def _sent(scene: Scene, one: Seen) -> Said:
    listed = [ca for shake in one.value.handshakes for ca in shake.acceptable_cas]
    if not listed:
        return passes("names no issuers, so every certificate is offered", one.held)
    keys: set[Key] = {names.canonical(ca.der) for ca in listed if ca.der}
    keys |= {names.text_key(ca.text) for ca in listed if ca.text}
    return _judged(scene, keys, "its list of issuers, as it was sent,", (one.held,))


def _configured(scene: Scene, server: Server) -> Said:
    """Judge by Schannel's order: the binding's store, the client authentication issuers, the trusted roots."""
    binding = serving_any(server, *server_endpoint(scene.farm, server))
    if binding is None:
        return unknown("has no TLS binding that would send a list of issuers")
    if server.role == "proxy":
        return _of_file(scene, binding)
    store = list_store(server, binding)
    if store is None:
        return passes("sends no list of issuers, so every certificate is offered", binding)
    held = server.need("store-certificate", part=store)
    if not held:
        return passes(f"makes its list of issuers from {store}, which is empty: everything is offered", binding)
    keys: set[Key] = {names.text_key(one.value.certificate.subject) for one in held}
    return _judged(scene, keys, f"{store}, from which it makes its list of issuers,", (binding,))


def _of_file(scene: Scene, binding: Held) -> Said:
    if not binding.value.client_ca_names:
        return unknown("the issuers that it names are not shown", binding)
    keys: set[Key] = {names.text_key(name) for name in binding.value.client_ca_names}
    return _judged(scene, keys, f"{binding.value.client_ca_file or 'its list of issuers'}", (binding,))


def _judged(scene: Scene, listed: set[Key], what: str, evidence: Iterable[Held]) -> Said:
    leaf = scene.leaf
    if listed & {leaf.issuer_name, names.text_key(leaf.issuer)}:
        return passes(f"names {leaf.issuer} as an issuer", *evidence)
    above = listed & _above(scene)
    if above:
        text = f"{what} names a CA above {leaf.issuer} alone: devices that hold the whole chain offer the certificate"
        return unknown(text, *evidence, entries=("TLS-02",))
    return fails(f"does not name {leaf.issuer}: {what} leaves it out", *evidence, entries=("TLS-02",))


def _above(scene: Scene) -> set[Key]:
    """Return the names of the CAs above the issuer, as far as the farm knows them."""
    chains = user_chains(scene.farm)
    issuer = names.text_key(scene.leaf.issuer)
    issuing = [one for one in chains.authorities if names.text_key(one.subject) == issuer]
    found: set[Key] = set()
    for known in (known for one in issuing for above in chains.ancestors(one) for known in above.certificates):
        found.add(names.text_key(known.subject))
        if known.certificate is not None:
            found.add(known.certificate.subject_name)
    return found


ASKED: Final = Asked(
    hop="issuer-offered",
    place=Place.ENTRY,
    look=look,
    learn="let an agent at a vantage point look at the handshake, or add the Schannel settings and the store named",
    reads=("tls-binding", "schannel-setting", "host"),
    configured=("adfs-properties",),
    looked_at=True,
    proofs=("tls.issuer-list-too-long", "tls.client-trust-mode"),
)
