r"""Which certificate stores matter, and the physical places that each is made of.

A store of the machine is a collection of physical stores; where an element
lies says who put it there. Every place here lies in the registry and is
opened by itself, so none leads to a directory, a card or another computer.
Source of the members and their keys: learn.microsoft.com/windows/win32/seccrypto/system-store-locations
(ROOT: .Default .AuthRoot .GroupPolicy .Enterprise .SmartCard; CA: .Default .GroupPolicy .Enterprise; MY: .Default).
Belief: DISALLOWED and TRUSTEDPEOPLE are made up like CA; a smart card's roots lie in SmartCardRoot.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from farmsight_agent.normalise.spelling import store_name
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2 as f

STORES: Final = (
    *("ROOT", "CA", "MY", "AUTHROOT", "DISALLOWED", "TRUSTEDPEOPLE"),
    *("TrustedDevices", "AdfsTrustedDevices", "ClientAuthIssuer", "NTAuth"),
)
MOST_STORES: Final = 40
LONGEST_NAME: Final = 128
ADFS_SERVICE: Final = "adfssrv"

# CERT_SYSTEM_STORE_* of wincrypt.h.
LOCAL_MACHINE: Final = 2 << 16
SERVICES: Final = 5 << 16
USERS: Final = 6 << 16
LOCAL_MACHINE_GROUP_POLICY: Final = 8 << 16
LOCAL_MACHINE_ENTERPRISE: Final = 9 << 16

_MACHINE: Final = r"SOFTWARE\Microsoft\SystemCertificates"
_POLICY: Final = r"SOFTWARE\Policies\Microsoft\SystemCertificates"
_ENTERPRISE: Final = r"SOFTWARE\Microsoft\EnterpriseCertificates"
_SERVICES: Final = r"SOFTWARE\Microsoft\Cryptography\Services"
_OF_MANY: Final = frozenset({"ROOT", "CA", "DISALLOWED", "TRUSTEDPEOPLE"})  # stores that policy and the forest add to
_OF_ACCOUNTS: Final = ("ROOT", "CA", "MY")


class Hive(Enum):
    """Where in the registry a place lies."""

    MACHINE = "HKLM"
    USERS = "HKU"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One physical store: as CryptoAPI opens it, where its registry key is, and what lying there means."""

    flags: int
    name: str
    hive: Hive = Hive.MACHINE
    key: str = ""
    origin: f.StoreOrigin.ValueType
    location: f.StoreLocation.ValueType = f.STORE_LOCATION_LOCAL_MACHINE
    account: str = ""


def names(of_bindings: Iterable[str]) -> tuple[str, ...]:
    """Return the stores to look at: those that always matter, and those that TLS bindings name."""
    known = {name.lower(): name for name in STORES}
    for one in of_bindings:
        spelt = store_name(one)
        if spelt and len(known) < MOST_STORES:
            known.setdefault(spelt.lower(), spelt)
    return tuple(known.values())


def checked(store: str) -> str:
    r"""Return a store's name; raises UnavailableError for one that leads elsewhere.

    To CryptoAPI `\\SERVER\ROOT` is another computer's store, and
    `SERVICE\MY` a service's: a binding may hold any text.
    """
    if not store or len(store) > LONGEST_NAME or "\\" in store or "/" in store or not store.isprintable():
        raise UnavailableError("no-store-name", f"{store[:LONGEST_NAME]!r} names no store of this machine")
    return store


def of_machine(store: str) -> tuple[Place, ...]:
    """Return the places whose elements are members of a store of the machine."""
    if store.lower() == "ntauth":
        return (_enterprise(store, f.STORE_LOCATION_ENTERPRISE),)
    origin = f.STORE_ORIGIN_THIRD_PARTY if store.lower() == "authroot" else f.STORE_ORIGIN_REGISTRY
    places = [_own(store, origin)]
    if store.upper() in _OF_MANY:
        policy = Place(
            flags=LOCAL_MACHINE_GROUP_POLICY,
            name=store,
            key=rf"{_POLICY}\{store}",
            origin=f.STORE_ORIGIN_GROUP_POLICY,
        )
        places += [policy, _enterprise(store, f.STORE_LOCATION_LOCAL_MACHINE)]
    if store.upper() == "ROOT":
        places += [_own("AuthRoot", f.STORE_ORIGIN_THIRD_PARTY), _own("SmartCardRoot", f.STORE_ORIGIN_SMART_CARD)]
    return tuple(places)


def whole(store: str) -> Place | None:
    """Return the store as Windows puts it together; None where it is one place alone.

    What is found only there has come by a way that is not known here.
    """
    if store.lower() == "ntauth":
        return None
    return Place(flags=LOCAL_MACHINE, name=store, origin=f.STORE_ORIGIN_UNKNOWN)


def matters_of_accounts(store: str) -> bool:
    """Tell whether the stores of this name that accounts have for themselves matter, too."""
    return store.upper() in _OF_ACCOUNTS


def of_service(store: str) -> tuple[Place, ...]:
    """Return the store of this name that the AD FS service has for itself; none where that does not matter."""
    if not matters_of_accounts(store):
        return ()
    return (
        Place(
            flags=SERVICES,
            name=rf"{ADFS_SERVICE}\{store}",
            key=rf"{_SERVICES}\{ADFS_SERVICE}\SystemCertificates\{store}",
            origin=f.STORE_ORIGIN_REGISTRY,
            location=f.STORE_LOCATION_SERVICE,
            account=ADFS_SERVICE,
        ),
    )


def of_users(store: str, accounts: Sequence[tuple[str, str]]) -> Iterator[Place]:
    """Yield the stores of this name that accounts (SID, name) have for themselves; see `matters_of_accounts`."""
    if not matters_of_accounts(store):
        return
    for sid, name in accounts:
        if sid.startswith("S-1-") and sid.replace("-", "").isalnum():
            yield Place(
                flags=USERS,
                name=rf"{sid}\{store}",
                hive=Hive.USERS,
                key=rf"{sid}\{_MACHINE}\{store}",
                origin=f.STORE_ORIGIN_REGISTRY,
                location=f.STORE_LOCATION_USER,
                account=name or sid,
            )


def _own(store: str, origin: f.StoreOrigin.ValueType) -> Place:
    return Place(flags=LOCAL_MACHINE, name=store, key=rf"{_MACHINE}\{store}", origin=origin)


def _enterprise(store: str, location: f.StoreLocation.ValueType) -> Place:
    return Place(
        flags=LOCAL_MACHINE_ENTERPRISE,
        name=store,
        key=rf"{_ENTERPRISE}\{store}",
        origin=f.STORE_ORIGIN_ENTERPRISE,
        location=location,
    )
