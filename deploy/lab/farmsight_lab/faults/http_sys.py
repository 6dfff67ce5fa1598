"""Faults of http.sys, Schannel, listeners and services."""

# ruff: noqa: ARG001 - every fault has the one form

from collections.abc import Iterator, Sequence

from farmsight_lab.farm.state import Binding, Entry, Farm, Json, Listening, Reservation, Server
from farmsight_lab.farm.windows import ADFS_APPLICATION
from farmsight_lab.faults.fault import FaultKind, Parameter, Values, certificate
from farmsight_lab.names import CERTAUTH, FEDERATION_SERVICE

ASKING = "asking"  # the binding that asks for client certificates, in either mode
_URL = Parameter(name="url", what="the reserved URL", default="https://+:49443/adfs/")
_KEY = Parameter(name="binding", what='name:port, or "asking" for the one that asks for certificates', default=ASKING)


def _key(farm: Farm, values: Values) -> str:
    if values["binding"] != ASKING:
        return str(values["binding"])
    return f"{FEDERATION_SERVICE}:49443" if farm.mode == "49443" else f"{CERTAUTH}:443"


def _reservation(server: Server, url: str) -> Reservation:
    for reservation in server.reservations:
        if reservation.url == url:
            return reservation
    raise KeyError(url)


def _reservation_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.reservations.remove(_reservation(server, values["url"]))


def _reservation_for(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    entry = Entry(sid=values["sid"], account=values["account"], rights=values["rights"])
    for server in servers:
        _reservation(server, values["url"]).entries = [entry]


def _reservation_added(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    entry = Entry(sid=values["sid"], account=values["account"], rights=values["rights"])
    for server in servers:
        server.reservations.append(Reservation(url=values["url"], entries=[entry]))


def _listener_of(server: Server, key: str) -> Iterator[Listening]:
    """Yield what really listens behind a binding."""
    name, _, port = key.rpartition(":")
    for listening in server.listening:
        if listening.port == int(port) and listening.name == name:
            yield listening


def _binding_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.bindings.remove(server.binding(_key(farm, values)))
        for listening in _listener_of(server, _key(farm, values)):
            listening.up = False  # http.sys takes the connection and knows no certificate for it


def _binding_certificate(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        binding = server.binding(_key(farm, values))
        binding.thumbprint = farm.pki[values["certificate"]].thumbprint
        for listening in _listener_of(server, binding.key):
            if values["certificate"].endswith("-tls"):
                listening.certificate = values["certificate"]


def _binding_setting(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        setattr(server.binding(_key(farm, values)), values["setting"], values["value"])
        for listening in _listener_of(server, _key(farm, values)):
            if values["setting"] == "negotiate":
                listening.asks = values["value"]


def _ctl_store(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.binding(_key(farm, values)).ctl_store = values["store"]
        server.issuer_list = [stored.certificate for stored in server.stores.get(values["store"], ())]


def _binding_added(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.bindings.append(
            Binding(
                key=values["key"],
                thumbprint=farm.pki[values["certificate"]].thumbprint,
                application=values["application"],
            )
        )


def _schannel(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.host["Schannel"][values["name"]] = values["value"]


def _service_stopped(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        rows = {row["Name"]: row for row in server.host["Services"]}
        process = rows[values["service"]]["ProcessId"]
        rows[values["service"]] |= {"State": "Stopped", "ProcessId": 0}
        _unregister(server, [row for row in server.host["UrlRegistrations"] if process in row["ProcessIds"]])


def _unregister(server: Server, gone: list[Json]) -> None:
    """Take back URLs that nobody serves any more: http.sys listens for those that are registered."""
    kept = [row for row in server.host["UrlRegistrations"] if row not in gone]
    server.host["UrlRegistrations"] = kept


def _listener_closed(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.listening = [each for each in server.listening if each.port != values["port"]]
        rows = server.host["Listeners"]
        server.host["Listeners"] = [row for row in rows if row["LocalPort"] != values["port"]]
        _unregister(server, [row for row in server.host["UrlRegistrations"] if f":{values['port']}/" in row["Url"]])


def _listener_resets(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        for listening in server.listening:
            if listening.port == values["port"]:
                listening.up = False


def _issuer_list(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.issuer_list.remove(values["certificate"])


def _port_excluded(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.host["ExcludedPortRanges"].append(
            {"StartPort": values["first"], "EndPort": values["last"], "Administered": False}
        )


_SID = Parameter(
    name="sid", what="the SID that the reservation names", default="S-1-5-21-1004336348-1177238915-682003330-1999"
)
_ACCOUNT = Parameter(name="account", what="its name; empty: it does not resolve", default="")
_RIGHTS = Parameter(name="rights", what="as in the SDDL", default="GA", choices=("GA", "GX", "GW", "GXGW"))
_PORT = Parameter(name="port", what="the port", kind=int, default=49443)

FAULTS = (
    FaultKind(
        name="reservation-missing",
        what="a URL reservation is gone",
        plant=_reservation_missing,
        parameters=(_URL,),
    ),
    FaultKind(
        name="reservation-for-other",
        what="a reservation names another SID, or other rights",
        plant=_reservation_for,
        parameters=(_URL, _SID, _ACCOUNT, _RIGHTS),
    ),
    FaultKind(
        name="reservation-added",
        what="another product reserved a URL",
        plant=_reservation_added,
        parameters=(_URL, _SID, _ACCOUNT, _RIGHTS),
    ),
    FaultKind(name="binding-missing", what="a TLS binding is gone", plant=_binding_missing, parameters=(_KEY,)),
    FaultKind(
        name="binding-certificate",
        what="a TLS binding names another certificate",
        plant=_binding_certificate,
        parameters=(_KEY, certificate("other-tls")),
    ),
    FaultKind(
        name="binding-ctl-store",
        what="a TLS binding has a store of issuers that it should not have",
        plant=_ctl_store,
        parameters=(_KEY, Parameter(name="store", what="the store", default="AdfsTrustedDevices")),
    ),
    FaultKind(
        name="binding-setting",
        what="a flag of a TLS binding is turned",
        plant=_binding_setting,
        parameters=(
            _KEY,
            Parameter(
                name="setting",
                what="the flag",
                choices=("negotiate", "verify_revocation", "cached_only", "usage_check", "ds_mapper"),
            ),
            Parameter(name="value", what="what it is now", kind=bool),
        ),
    ),
    FaultKind(
        name="binding-added",
        what="a TLS binding of somebody else",
        plant=_binding_added,
        parameters=(
            Parameter(name="key", what="address:port or name:port"),
            certificate("other-tls"),
            Parameter(name="application", what="the application's id", default=ADFS_APPLICATION),
        ),
    ),
    FaultKind(
        name="schannel",
        what="a Schannel setting has a value",
        plant=_schannel,
        parameters=(
            Parameter(name="name", what="the setting, e.g. SendTrustedIssuerList"),
            Parameter(name="value", what="the number", kind=int),
        ),
    ),
    FaultKind(
        name="service-stopped",
        what="a service does not run",
        plant=_service_stopped,
        parameters=(Parameter(name="service", what="its name", default="adfssrv"),),
    ),
    FaultKind(name="listener-closed", what="nothing listens on a port", plant=_listener_closed, parameters=(_PORT,)),
    FaultKind(
        name="listener-resets",
        what="a port takes connections and resets them",
        plant=_listener_resets,
        parameters=(_PORT,),
    ),
    FaultKind(
        name="issuer-list-lacks",
        what="the list of CAs that is sent to clients lacks one",
        plant=_issuer_list,
        parameters=(certificate("issuing-1", "root", "policy", "issuing-1", "issuing-2"),),
    ),
    FaultKind(
        name="port-excluded",
        what="the system keeps a range of ports from being bound",
        plant=_port_excluded,
        parameters=(
            Parameter(name="first", what="first port", kind=int),
            Parameter(name="last", what="last port", kind=int),
        ),
    ),
)
