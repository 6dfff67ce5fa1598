"""Faults that the host's own document shows: accounts, addresses, processes."""

# ruff: noqa: ARG001 - every fault has the one form

from collections.abc import Sequence

from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.faults.fault import FaultKind, Parameter, Values

_PORT = Parameter(name="port", what="the port", kind=int, default=49443)


def _account(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        rows = {row["Name"]: row for row in server.host["Services"]}
        rows[values["service"]] |= {"StartName": values["account"], "StartSid": values["sid"]}


def _listen_list(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.host["IpListen"] = [{"Address": values["address"]}]


def _port_owner(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        for row in server.host["Listeners"]:
            if row["LocalPort"] == values["port"]:
                row |= {"OwningProcess": 4711, "ProcessName": values["process"], "Service": ""}
        server.host["UrlRegistrations"] = [
            row for row in server.host["UrlRegistrations"] if f":{values['port']}/" not in row["Url"]
        ]


FAULTS = (
    FaultKind(
        name="service-account",
        what="a service runs as another account",
        plant=_account,
        parameters=(
            Parameter(name="service", what="its name", default="adfssrv"),
            Parameter(name="account", what="the account", default="CONTOSO\\svc-adfs"),
            Parameter(name="sid", what="its SID", default="S-1-5-21-1004336348-1177238915-682003330-2200"),
        ),
    ),
    FaultKind(
        name="listen-list",
        what="http.sys listens on one address only",
        plant=_listen_list,
        parameters=(Parameter(name="address", what="the address", default="127.0.0.1"),),
    ),
    FaultKind(
        name="port-owner",
        what="another process holds a port",
        plant=_port_owner,
        parameters=(_PORT, Parameter(name="process", what="its name", default="java")),
    ),
)
