"""Faults of routes, names, proxies and clocks."""

# ruff: noqa: ARG001 - every fault has the one form

from collections.abc import Sequence

from farmsight_lab.farm.state import Farm, Server
from farmsight_lab.faults.fault import FaultKind, Parameter, Values
from farmsight_lab.names import CERTAUTH, CONTEXT_ACCOUNTS, FEDERATION_SERVICE, PKI_HOST


def _no_route(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.no_route = True


def _no_access(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        if values["context"] not in CONTEXT_ACCOUNTS[server.role]:
            raise KeyError(f"{values['context']} on {server.name}")
        server.blocked.add(values["context"])


def _name_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.unresolved.add(values["name"])


def _name_leads_to(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        rows = {row["Name"]: row for row in server.host["Resolutions"]}
        rows[values["name"]] |= {"Addresses": [values["address"]], "FromHostsFile": True}


def _proxy(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        for row in server.host["Proxies"]:
            if values["context"] in ("", row["Context"]):
                row |= {
                    "Direct": False,
                    "ProxyServer": values["proxy"],
                    "ProxyBypass": values["bypass"] or None,
                }


def _clock(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.clock_offset_s = values["seconds"]


_NAME = Parameter(name="name", what="the name", default=PKI_HOST, choices=(PKI_HOST, FEDERATION_SERVICE, CERTAUTH))

FAULTS = (
    FaultKind(name="no-route", what="there is no route to the network of the PKI", plant=_no_route),
    FaultKind(
        name="no-access",
        what="one account is not let out to the network of the PKI (in namespaces, and in captured evidence)",
        plant=_no_access,
        parameters=(
            Parameter(
                name="context",
                what="whose account",
                default="network-service",
                choices=("system", "adfs-service", "network-service"),
            ),
        ),
    ),
    FaultKind(name="name-missing", what="a DNS name does not resolve", plant=_name_missing, parameters=(_NAME,)),
    FaultKind(
        name="name-leads-to",
        what="a name leads to a wrong address (as the evidence has it)",
        plant=_name_leads_to,
        parameters=(_NAME, Parameter(name="address", what="the address")),
    ),
    FaultKind(
        name="proxy",
        what="WinHTTP has a proxy",
        plant=_proxy,
        parameters=(
            Parameter(name="proxy", what="host:port", default="proxy.contoso.test:8080"),
            Parameter(name="bypass", what="the bypass list", default=""),
            Parameter(name="context", what="for one context only", default=""),
        ),
    ),
    FaultKind(
        name="clock-offset",
        what="the clock is wrong",
        plant=_clock,
        parameters=(Parameter(name="seconds", what="ahead of the true time", kind=float, default=420.0),),
    ),
)
