"""What http.sys is configured with: asked of it, else read in the registry, else as netsh prints it.

Each answer names the source that gave it, and why those before it gave none.
"""

import sys
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh import iplisten as iplisten_text
from farmsight_agent.hosts.evidence.netsh import servicestate as servicestate_text
from farmsight_agent.hosts.evidence.netsh import sslcert as sslcert_text
from farmsight_agent.hosts.evidence.netsh import urlacl as urlacl_text
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.accounts_and_services import account_names
from farmsight_agent.hosts.windows.api import httpapi
from farmsight_agent.hosts.windows.api import httpapi_layout as layout
from farmsight_agent.hosts.windows.api.httpapi_layout import ConfigId
from farmsight_agent.hosts.windows.http import http_sys_registry, httpapi_records
from farmsight_agent.hosts.windows.http.http_sys_messages import NameOf, binding, reservation
from farmsight_agent.hosts.windows.http.http_sys_sources import first_answer
from farmsight_agent.hosts.windows.http.httpapi_query import Ask, Reply, UnknownKindError, record, records, settled
from farmsight_agent.hosts.windows.programs import netsh
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

T = TypeVar("T")

_API: Final = facts_pb2.AGENT_DATA_SOURCE_API


class _BindingKind(NamedTuple):
    id: ConfigId
    query: layout.Query
    read: Callable[[Reply], httpapi_records.Binding]
    kind: facts_pb2.BindingKind.ValueType
    on_every_build: bool  # of those with AD FS: there a refusal of our question is a fault, and no sign of absence


_IP: Final = _BindingKind(
    ConfigId.SSL,
    layout.HTTP_SERVICE_CONFIG_SSL_QUERY,
    httpapi_records.ssl_by_address,
    facts_pb2.BINDING_KIND_IP,
    on_every_build=True,
)
_SNI: Final = _BindingKind(
    ConfigId.SSL_SNI,
    layout.HTTP_SERVICE_CONFIG_SSL_SNI_QUERY,
    httpapi_records.ssl_by_name,
    facts_pb2.BINDING_KIND_SNI,
    on_every_build=True,
)
_CCS: Final = _BindingKind(
    ConfigId.SSL_CCS,
    layout.HTTP_SERVICE_CONFIG_SSL_CCS_QUERY,
    httpapi_records.ssl_central,
    facts_pb2.BINDING_KIND_CCS,
    on_every_build=True,
)
_SCOPED: Final = _SNI._replace(id=ConfigId.SSL_SCOPED_CCS, kind=facts_pb2.BINDING_KIND_SCOPED, on_every_build=False)
_TIMEOUTS: Final = ("idle-connection", "header-wait")  # HTTP_SERVICE_CONFIG_TIMEOUT_KEY 0 and 1


def url_reservations() -> Seen[facts_pb2.UrlReservation]:
    """Return the URL reservations with who may use them."""
    names = account_names.AccountNames()
    return first_answer(
        ("api", lambda: _reservations(names)),
        ("registry", lambda: http_sys_registry.url_reservations(names)),
        ("netsh", lambda: _printed(urlacl_text.parse, "urlacl")),
    )


def tls_bindings() -> Seen[facts_pb2.TlsBinding]:
    """Return the TLS bindings of every kind that this build knows."""
    build = sys.getwindowsversion().build
    return first_answer(
        ("api", lambda: _bindings(build)),
        ("registry", lambda: http_sys_registry.tls_bindings(build)),
        ("netsh", lambda: _printed(sslcert_text.parse, "sslcert")),
    )


def ip_listen() -> Seen[facts_pb2.IpListen]:
    """Return the IP listen list; none: http.sys listens on every address."""
    return first_answer(
        ("api", _listen_list),
        ("registry", http_sys_registry.ip_listen),
        ("netsh", lambda: _printed(iplisten_text.parse, "iplisten")),
    )


def url_registrations() -> Seen[facts_pb2.UrlRegistration]:
    """Return the URLs registered now, as netsh prints them.

    http.h lets a process ask about its own queues and groups only
    (HttpQueryRequestQueueProperty, HttpQueryUrlGroupProperty); nothing
    documented lists those of others.
    """
    words = ("servicestate", "view=requestq", "verbose=yes")
    return first_answer(("netsh", lambda: _printed(servicestate_text.parse, *words)))


def timeouts() -> Seen[facts_pb2.HttpTimeout]:
    """Return the timeouts that are set, which any account may ask for; where they are kept is documented nowhere."""
    return first_answer(("api", _timeouts))


def _printed(parse: Callable[[Text], Seen[T]], *words: str) -> Seen[T]:
    """Return what `netsh http show` prints; raises UnavailableError where that would start the HTTP service."""
    httpapi.require_running()
    return netsh.shown(parse, "http", "show", *words)


def _reservations(name_of: NameOf) -> Seen[facts_pb2.UrlReservation]:
    with httpapi.configuration() as ask:
        query = layout.HTTP_SERVICE_CONFIG_URLACL_QUERY
        found = settled(lambda: [httpapi_records.url_acl(one) for one in _all(ask, ConfigId.URL_ACL, query)])
    return Seen(values=tuple(reservation(one, name_of, _API) for one in found), source="api")


def _bindings(build: int) -> Seen[facts_pb2.TlsBinding]:
    with httpapi.configuration() as ask:
        found = settled(
            lambda: [message for kind in (_IP, _SNI, _CCS, _SCOPED) for message in _of_kind(ask, kind, build)]
        )
    return Seen(values=tuple(found), source="api")


def _of_kind(ask: Ask, kind: _BindingKind, build: int) -> list[facts_pb2.TlsBinding]:
    try:
        return [binding(kind.read(one), kind.kind, build) for one in _all(ask, kind.id, kind.query)]
    except UnknownKindError:
        if kind.on_every_build:
            raise
        return []


def _all(ask: Ask, kind: ConfigId, query: layout.Query) -> list[Reply]:
    return list(records(ask, kind, lambda token: bytes(query(QueryDesc=layout.QUERY_NEXT, dwToken=token))))


def _listen_list() -> Seen[facts_pb2.IpListen]:
    with httpapi.configuration() as ask:
        reply = record(ask, ConfigId.IP_LISTEN_LIST, b"")
    found = httpapi_records.listen_addresses(reply) if reply is not None else []
    return Seen(values=tuple(facts_pb2.IpListen(address=one) for one in found), source="api")


def _timeouts() -> Seen[facts_pb2.HttpTimeout]:
    values: list[facts_pb2.HttpTimeout] = []
    with httpapi.configuration() as ask:
        for key, name in enumerate(_TIMEOUTS):
            reply = record(ask, ConfigId.TIMEOUT, key.to_bytes(4, "little"))
            if reply is not None:
                seconds = httpapi_records.seconds(reply)
                values.append(facts_pb2.HttpTimeout(name=name, seconds=seconds, data_source=_API))
    return Seen(values=tuple(values), source="api")
