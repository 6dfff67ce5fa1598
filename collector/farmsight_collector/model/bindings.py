"""Names, ports and http.sys bindings that certificate sign-in stands on."""

from collections.abc import Iterable
from typing import Final

from farmsight_collector.model.farm_name import (
    ADFS_APPLICATION,
    CERTAUTH,
    federation_service,
    known_name,
)
from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_wire.v1 import facts_pb2

__all__ = ["ADFS_APPLICATION", "federation_service", "known_name", "service_name"]

ADFS_SERVICE: Final = "adfssrv"
# S-1-5-80 and the five words of SHA-1 over the upper-case service name in UTF-16LE.
ADFS_SERVICE_SID: Final = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"
PROXY_TRUST_STORE: Final = "adfstrusteddevices"
CLASSIC_PORT: Final = 49443
WILDCARDS: Final = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - compared, never bound
_BESIDE: Final = ("enterpriseregistration.", "localhost:")  # device registration, and AD FS on itself


def properties(farm: Farm) -> tuple[Held, ...]:
    """Return Get-AdfsProperties as any AD FS node knows it; raises UnknownFactError when none does."""
    told = _properties(farm)
    if isinstance(told, UnknownFactError):
        raise told.again()
    return told


@per_farm
def _properties(farm: Farm) -> tuple[Held, ...] | UnknownFactError:
    try:
        return farm.known("adfs-properties", farm.of_role("adfs"))
    except UnknownFactError as error:
        return error.again()  # without the frames that it came through


def service_name(farm: Farm) -> str:
    """Return the federation service name; raises UnknownFactError when nothing tells it."""
    name = known_name(farm)
    if name is None:
        reason = f"the federation service's name: {federation_service(farm)[1]}"
        raise UnknownFactError(farm.name, "http-sys", "tls-binding", None, reason)
    return name


def certauth_name(farm: Farm) -> str:
    """Return the host name that alternate mode asks for certificates on; raises UnknownFactError."""
    return CERTAUTH + service_name(farm)


@per_farm
def classic_port(farm: Farm) -> int:
    """Return the port that classic mode asks for certificates on: TlsClientPort unless it is HTTPS's own."""
    try:
        held = properties(farm)
    except UnknownFactError:
        held = ()
    ports = (h.value.tls_client_port for h in held)
    return next((port for port in ports if port not in (0, 443)), CLASSIC_PORT)


def bindings(server: Server) -> tuple[Held, ...]:
    """Return the server's TLS bindings; raises UnknownFactError."""
    return server.need("tls-binding")


def by_name(server: Server, name: str, port: int) -> Held | None:
    """Return the binding for this host name and port, or None when it is known not to be there."""
    return next((b for b in bindings(server) if host_of(b) == name and b.value.port == port), None)


def by_address(server: Server, port: int) -> tuple[Held, ...]:
    """Return the bindings of addresses (wildcards among them) on this port."""
    kind = facts_pb2.BINDING_KIND_IP
    return tuple(b for b in bindings(server) if b.value.binding_kind == kind and b.value.port == port)


def serving(server: Server, name: str, port: int) -> Held | None:
    """Return the binding that answers a client naming `name`: by name, else by wildcard address.

    A binding of one address comes before both in http.sys; whether a client
    meets it depends on the address, so it is not looked at here.
    """
    named = by_name(server, name, port)
    if named is not None:
        return named
    return next((b for b in by_address(server, port) if is_wildcard(b)), None)


def host_of(binding: Held) -> str:
    """Return the host or address of a binding in lower case."""
    return str(binding.value.host).lower()


def is_wildcard(binding: Held) -> bool:
    """Tell whether the binding is for every address."""
    return host_of(binding) in WILDCARDS


def of_adfs(bound: Iterable[Held]) -> tuple[Held, ...]:
    """Return those bindings that carry AD FS's application id, those that users' sign-in hangs on first."""
    own = (b for b in bound if b.value.application_id.lower() == ADFS_APPLICATION)
    return tuple(sorted(own, key=lambda b: b.key.lower().startswith(_BESIDE)))


def addresses_of(server: Server) -> frozenset[str]:
    """Return the server's own addresses but those that every host has; empty when they are not known."""
    answer = server.ask("host")
    if answer.knowledge is not Knowledge.KNOWN:
        return frozenset()
    found = (address.lower() for held in answer.facts for address in held.value.addresses)
    return frozenset(found) - {"127.0.0.1", "::1"}
