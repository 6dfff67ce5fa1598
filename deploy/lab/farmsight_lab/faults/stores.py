"""Faults of certificate stores."""

# ruff: noqa: ARG001 - every fault has the one form

from collections.abc import Sequence

from farmsight_lab.farm.state import Farm, Server, Stored
from farmsight_lab.faults.fault import FaultKind, Parameter, Values, certificate

_STORE = Parameter(name="store", what="a store as Windows names it: ROOT, CA, MY, DISALLOWED, ...")


def _missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        rows = server.stores[values["store"]]
        kept = [row for row in rows if row.certificate != values["certificate"]]
        if len(kept) == len(rows):
            raise KeyError(f"{values['certificate']} in {values['store']} of {server.name}")
        server.stores[values["store"]] = kept


def _added(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        server.stores.setdefault(values["store"], []).append(
            Stored(certificate=values["certificate"], has_key=values["has_key"])
        )


def _key_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        for row in server.stores["MY"]:
            if row.certificate == values["certificate"]:
                row.has_key = False


def _store_missing(farm: Farm, servers: Sequence[Server], values: Values) -> None:
    for server in servers:
        del server.stores[values["store"]]


FAULTS = (
    FaultKind(
        name="certificate-missing",
        what="a certificate is not in a store where it belongs",
        plant=_missing,
        parameters=(_STORE, certificate()),
    ),
    FaultKind(
        name="certificate-added",
        what="a certificate is in a store where it does not belong",
        plant=_added,
        parameters=(
            _STORE,
            certificate(),
            Parameter(name="has_key", what="with its private key", kind=bool, default=False),
        ),
    ),
    FaultKind(
        name="private-key-missing",
        what="a certificate in MY has no private key",
        plant=_key_missing,
        parameters=(certificate("farm-tls"),),
    ),
    FaultKind(
        name="store-missing",
        what="nobody looked into a store (it is not listed)",
        plant=_store_missing,
        parameters=(_STORE,),
    ),
)
