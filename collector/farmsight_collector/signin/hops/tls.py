"""The TLS handshake at the server, and the request for a client certificate in it."""

from typing import Final

from farmsight_collector.model.bindings import PROXY_TRUST_STORE, by_address, serving
from farmsight_collector.model.endpoints import Seen
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.known import dates_doubt, moment, passed, reached
from farmsight_collector.rules.http.bound import in_store
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.hops.port import met_at
from farmsight_collector.signin.said import Said, fails, passes, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2


def look(scene: Scene, way: Way) -> Said:
    """Judge by handshakes that were tried at this server's own address, and by its binding.

    A handshake that asked is proof of both; where none was tried the binding
    must ask in the handshake and its certificate be there with its key.
    """
    server = way.entry
    assert server is not None  # the walk asks only where there is one
    met = [one for one in met_at(scene.farm, server) if one.connected and one.value.handshakes]
    broken = [one for one in met if one.refused_tls]
    if broken:
        text = f"breaks off the TLS handshake, seen from {broken[0].observer.name}"
        return fails(text, *(one.held for one in broken), *_binding(scene.farm, server), entries=("HTTP-11",))
    asking = [one for one in met if one.asks_certificate]
    if asking and len(asking) == len(met):
        return _asks(asking[0])
    return _by_binding(scene, server)


def _asks(one: Seen) -> Said:
    return passes(f"asks for a certificate in the handshake, seen from {one.observer.name}", one.held)


def _binding(farm: Farm, server: Server) -> tuple[Held, ...]:
    answer = server.ask("tls-binding")
    found = serving_any(server, *server_endpoint(farm, server)) if answer.facts else None
    return () if found is None else (found,)


def _by_binding(scene: Scene, server: Server) -> Said:
    name, port = server_endpoint(scene.farm, server)
    binding = serving_any(server, name, port)
    if binding is None:
        entry = "HTTP-08" if port == 443 else "HTTP-07"
        return fails(f"has no TLS binding for {name or 'any name'}:{port}", entries=(entry,))
    if server.role == "proxy" and binding.value.product != "http.sys":
        return unknown(f"nobody is known to have looked whether {binding.value.product or 'it'} asks", binding)
    return worst((_negotiation(binding), _trusts(binding), bound_certificate(scene, server, binding)))


def serving_any(server: Server, name: str, port: int) -> Held | None:
    """Return the binding that answers clients who name the service: by name, else of any address."""
    return serving(server, name, port) or next(iter(by_address(server, port)), None)


def _negotiation(binding: Held) -> Said:
    """Judge "negotiate client certificate": else TLS 1.3 and HTTP/2 can't ask (RFC 8446 4.6.2, RFC 9113 9.2)."""
    if not binding.value.HasField("negotiate_client_certificate"):
        return unknown(f"its binding {binding.key} is not shown with its negotiation flag", binding)
    if binding.value.negotiate_client_certificate:
        return passes(f"{binding.key} asks for a certificate in the handshake", binding)
    return fails(f"does not ask for a certificate in the handshake on {binding.key}", binding, entries=("HTTP-16",))


def _trusts(binding: Held) -> Said:
    if binding.value.ctl_store.lower() == PROXY_TRUST_STORE:
        text = f"takes on {binding.key} only issuers from {binding.value.ctl_store}, which is for proxies"
        return fails(text, binding, entries=("HTTP-14",))
    return passes("its issuers are not those of proxies", binding)


def bound_certificate(scene: Scene, server: Server, binding: Held) -> Said:
    """Judge whether the bound certificate is in its store, with its key and within its time."""
    held = in_store(server, binding)
    if held is None:
        return fails(
            f"has bound a certificate to {binding.key} that is not in its store", binding, entries=("HTTP-11",)
        )
    if held.value.has_private_key == facts_pb2.TRISTATE_NO:
        return fails(f"has no private key of the certificate of {binding.key}", binding, held, entries=("HTTP-11",))
    return _in_time(scene, binding, held)


def _in_time(scene: Scene, binding: Held, held: Held) -> Said:
    own, at = held.value.certificate, scene.farm.as_of
    unsure = dates_doubt(own)
    over, begun = passed(moment(own, "not_after"), at, unsure), reached(moment(own, "not_before"), at, unsure)
    if over or begun is False:
        text = f"serves {binding.key} with a certificate that {'expired' if over else 'is not valid yet'}"
        return fails(text, binding, held, entries=("HTTP-12",))
    if over is None or begun is None:
        return unknown(f"whether the certificate of {binding.key} is within its time is not shown", held)
    return passes("its certificate is there, and within its time", held)


ASKED: Final = Asked(
    hop="tls",
    place=Place.ENTRY,
    look=look,
    learn="run an agent on the server or a vantage agent before it, or add netsh http show sslcert and its MY store",
    reads=("tls-binding", "host", "schannel-setting"),
    configured=("adfs-properties",),
    looked_at=True,
    proofs=(
        "client.certificate-not-asked",
        "http.address-binding-shadows",
        "http.bound-certificate-missing",
        "http.bound-certificate-expired",
        "http.san-service-name",
        "http.san-certauth",
        "http.certauth-lost",
        "tls.renegotiation-refused",
    ),
)
