"""Which endpoints a server's configuration makes worth looking at."""

import re
import socket
from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast

from farmsight_agent.config import Config
from farmsight_agent.endpoint.target import HTTPS_PORT, PLAIN_PORT, TLS_CLIENT_PORT, Endpoint, path_for
from farmsight_agent.hosts.host import Host, Seen
from farmsight_agent.outcome import NotApplicableError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

MOST_ENDPOINTS: Final = 32
MOST_OWN_ADDRESSES: Final = 4
_LISTENS: Final = frozenset({"adfs", "wap", "proxy"})
# The certificates of localhost and of device registration have other checks.
_NOT_LOOKED_AT: Final = ("localhost", "enterpriseregistration.")

_HOST_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,252}")

T = TypeVar("T")


def plan(host: Host, config: Config) -> list[Endpoint]:
    """Return the endpoints to look at: those configured, else those of the farm that the host knows.

    Raises `UnavailableError` when neither gives a name.
    """
    settings = config.endpoints
    own = _own_addresses(host) if config.role in _LISTENS else ()
    if settings.names:
        ports = settings.ports or (HTTPS_PORT, TLS_CLIENT_PORT, PLAIN_PORT)
        pairs = [(name, port) for name in settings.names for port in ports]
    else:
        pairs = _of_the_farm(host, config)
    known = dict.fromkeys((_ascii(name), port) for name, port in pairs if _ascii(name))
    if not known:
        text = "no federation service name: set endpoints.names or federation_service_name"
        raise UnavailableError("no-endpoint-known", text)
    return [Endpoint(name=name, port=port, path=path_for(name, port), own_addresses=own) for name, port in known][
        :MOST_ENDPOINTS
    ]


def _ascii(name: str) -> str:
    """Return a host name in lower-case ASCII, or "" for what is none: evidence may hold anything."""
    try:
        text = name.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return text if _HOST_NAME.fullmatch(text) else ""


def _of_the_farm(host: Host, config: Config) -> list[tuple[str, int]]:
    """Return the pairs that AD FS, WAP and the bindings of http.sys name."""
    service, client_port = config.federation_service_name or "", 0
    for adfs in cast("Sequence[facts_pb2.AdfsProperties]", _values(lambda: host.adfs("properties"))):
        service, client_port = service or adfs.host_name, client_port or adfs.tls_client_port
    for wap in cast("Sequence[facts_pb2.WapConfiguration]", _values(lambda: host.wap("configuration"))):
        service, client_port = service or wap.federation_service_name, client_port or wap.tls_client_port
    bound = [
        (binding.host, binding.port)
        for binding in _values(host.tls_bindings)
        if binding.binding_kind == facts_pb2.BINDING_KIND_SNI and not binding.host.lower().startswith(_NOT_LOOKED_AT)
    ]
    if not service:
        return bound
    pairs = [(service, HTTPS_PORT), (service, client_port or TLS_CLIENT_PORT)]
    pairs += [(f"certauth.{service}", HTTPS_PORT), (service, PLAIN_PORT)]
    return pairs + bound


def _values(ask: Callable[[], Seen[T]]) -> tuple[T, ...]:
    """Return what the host shows; nothing where it can't: the probe of that kind says why."""
    try:
        return ask().values
    except (NotApplicableError, NotObservedError):
        return ()


def _own_addresses(host: Host) -> tuple[str, ...]:
    """Return this server's addresses that are really addresses of this machine.

    An evidence folder may speak of another machine; binding a socket tells.
    """
    found = [one for identity in _values(lambda: host.identity(())) for one in identity.addresses]
    return tuple(one for one in dict.fromkeys(found) if _is_here(one))[:MOST_OWN_ADDRESSES]


def _is_here(address: str) -> bool:
    if address.lower().startswith(("fe80:", "169.254.")):
        return False
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.bind((address, 0))
    except OSError:
        return False
    return True
