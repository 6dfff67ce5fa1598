"""The federation service's name, from whatever evidence tells it.

AD FS's own properties say it; where they are not at hand the proxies'
configuration, the bindings of AD FS, the tenant's sign-in address and the
reservations do. They are asked in this order, and a later one may only choose
among the names that an earlier one left open.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_wire.v1 import facts_pb2

ADFS_APPLICATION: Final = "{5d89a20c-beab-4389-9447-324788eb944a}"
CERTAUTH: Final = "certauth."
REGISTRATION: Final = "enterpriseregistration."  # device registration: bound by AD FS beside its own name
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")
_NUMBER: Final = re.compile(r"[0-9.]+")

Told = Iterator[tuple[str, Held]]


def is_host_name(text: str) -> bool:
    """Tell whether a text may be the name of a host in DNS, and no address."""
    return len(text) <= 253 and _NAME.fullmatch(text) is not None and _NUMBER.fullmatch(text) is None


@per_farm
def federation_service(farm: Farm) -> tuple[str | None, str]:
    """Return the federation service's name with the fact that tells it, or None and why no name can be told."""
    possible: dict[str, str] = {}
    for ask in _SOURCES:
        found: dict[str, str] = {}
        for server in farm.servers:
            for name, held in ask(server):
                if is_host_name(name):
                    found.setdefault(name, f"{held.kind} {held.key} of {server.name}")
        possible = {n: why for n, why in possible.items() if n in found} or possible or found
        if len(possible) == 1:
            return next(iter(possible.items()))
    if not possible:
        return None, "no setting, binding or reservation names the federation service"
    names = "; ".join(f"{name} by {why}" for name, why in sorted(possible.items()))
    return None, f"more than one name is told: {names}"


@per_farm
def known_name(farm: Farm) -> str | None:
    """Return the federation service's name: AD FS's own word, else the farm's, else what evidence tells; or None."""
    told = {name for server in farm.of_role("adfs") for name, _ in _properties(server)}
    if len(told) == 1:
        return told.pop()
    if is_host_name(farm.name.lower()):
        return farm.name.lower()
    return federation_service(farm)[0]


def _properties(server: Server) -> Told:
    rows = server.ask("adfs-properties").facts
    return ((held.value.host_name.lower(), held) for held in rows if held.value.host_name)


def _proxies(server: Server) -> Told:
    for held in server.ask("wap-configuration").facts:
        yield held.value.federation_service_name.lower() or host_of(held.value.adfs_url), held


def _bound(server: Server) -> Iterator[tuple[str, int, Held]]:
    for held in server.ask("tls-binding").facts:
        one = held.value
        ours = one.application_id.lower() == ADFS_APPLICATION and one.binding_kind != facts_pb2.BINDING_KIND_IP
        if ours and one.host.lower() != "localhost":
            yield one.host.lower(), one.port, held


def _client_bindings(server: Server) -> Told:
    """Yield what is bound for asking users for certificates: a host certauth.NAME, or a port of its own."""
    for host, port, held in _bound(server):
        if host.startswith(CERTAUTH):
            yield host.removeprefix(CERTAUTH), held
        elif port != 443:
            yield host, held


def _bindings(server: Server) -> Told:
    for host, _, held in _bound(server):
        if not host.startswith((CERTAUTH, REGISTRATION)):
            yield host, held


def _tenant(server: Server) -> Told:
    return ((host_of(held.value.passive_sign_in_uri), held) for held in server.ask("entra-domain").facts)


def _reservations(server: Server) -> Told:
    for held in server.ask("url-reservation").facts:
        url = (held.value.url or held.key).lower()
        host = host_of(url)
        if "/adfs/" in url and not host.startswith(REGISTRATION):
            yield host.removeprefix(CERTAUTH), held


_SOURCES: Final[tuple[Callable[[Server], Told], ...]] = (
    _properties,
    _proxies,
    _client_bindings,
    _tenant,
    _bindings,
    _reservations,
)
