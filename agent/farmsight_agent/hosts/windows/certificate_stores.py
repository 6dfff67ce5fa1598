"""The machine's certificate stores through CryptoAPI, each element with the place that it lies at.

Each place of a store is opened by itself, then the store as Windows puts it
together, for what came by another way. Where CryptoAPI does not open a place
that it has, its registry keys are read; keys that it passes over are, too.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.host import Seen, StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.hosts.windows import accounts
from farmsight_agent.hosts.windows.api import crypt32
from farmsight_agent.hosts.windows.stores import store_elements, store_places, store_registry
from farmsight_agent.hosts.windows.stores.store_deadline import within
from farmsight_agent.hosts.windows.stores.store_elements import Element, Kind
from farmsight_agent.hosts.windows.stores.store_places import Place
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only

LIMIT_S: Final = 20.0  # for one store, in all its places
_FRESH_S: Final = 30.0
_ABSENT: Final = frozenset({2, 3, 0x80070002, 0x80070003})  # no such file, no such path
_DENIED: Final = frozenset({5, 0x80070005})

Held = dict[Kind, list[Element]]
Found = list[tuple[Place, Element]]


@dataclass
class _Look:
    """What one look at a store saw; each kind is handed out once."""

    store: str
    at: float
    found: dict[Kind, Found]
    source: str


_last: list[_Look] = []  # one at most: whoever asks for a store's certificates asks for its CRLs next


def names(bindings: Callable[[], Seen[facts_pb2.TlsBinding]]) -> Seen[str]:
    """Return the names of the stores that matter here, with those that TLS bindings name.

    Where the bindings are not known, the stores that always matter remain.
    """
    named: list[str] = []
    try:
        for one in bindings().values:
            named += [one.store, one.ctl_store]
    except NotObservedError:
        named = []  # what is not known of them is said where they are asked for
    return Seen(values=store_places.names(named), source="api")


def certificates(store: str) -> Seen[StoredCertificate]:
    """Return the certificates of a store, one for each place that holds it, the AD FS service's own among them.

    None: there is no such store, or nothing in it. Raises DeniedError,
    TimedOutError, UnavailableError for a name that is none, FailedError.
    """
    _last.clear()
    found, source = _of(store, Kind.CERTIFICATE)
    values = tuple(store_elements.stored_certificate(store, place, one) for place, one in found)
    return Seen(values=values, source=source)


def crls(store: str) -> Seen[StoredCrl]:
    """Return the CRLs of a store of the machine; raises as `certificates` does."""
    found, source = _of(store, Kind.CRL)
    return Seen(values=tuple(store_elements.stored_crl(store, place, one) for place, one in found), source=source)


def ctls(store: str) -> Seen[StoredCtl]:
    """Return the certificate trust lists of a store of the machine; raises as `certificates` does."""
    found, source = _of(store, Kind.CTL)
    return Seen(values=tuple(store_elements.stored_ctl(store, place, one) for place, one in found), source=source)


def _of(store: str, kind: Kind) -> tuple[Found, str]:
    """Return one kind out of the last look at a store where that was just now, else out of a new one."""
    now = SystemClock().monotonic()
    look = next((one for one in _last if one.store == store and now - one.at < _FRESH_S and kind in one.found), None)
    if look is None:
        found, source = within(LIMIT_S, f"store {store}", partial(_read, store_places.checked(store), _places(store)))
        look = _Look(store, now, found, source)
        _last[:] = [look]
    return look.found.pop(kind), look.source


def _places(store: str) -> tuple[Place, ...]:
    return (*store_places.of_machine(store), *store_places.of_service(store), *_of_users(store))


def _of_users(store: str) -> Iterator[Place]:
    """Yield the stores of the account that AD FS runs as; where it is not known, there are none to name."""
    if not store_places.matters_of_accounts(store):
        return  # and nobody need be asked for the account
    try:
        known = accounts.accounts()
    except NotObservedError:
        return
    adfs = [(one.sid, one.name) for one in known if one.context == facts_pb2.CONTEXT_ADFS_SERVICE]
    yield from store_places.of_users(store, adfs)


def _read(store: str, places: Sequence[Place]) -> tuple[dict[Kind, Found], str]:
    found: dict[Kind, Found] = {kind: [] for kind in Kind}
    sources: set[str] = set()
    for place in places:
        try:
            held, source = _place(place)
        except NotObservedError:
            if place.account:
                continue  # what an account keeps for itself says nothing of the machine's own store
            raise
        sources.add(source)
        for kind in (Kind.CERTIFICATE,) if place.account else Kind:
            found[kind] += [(place, one) for one in held[kind]]
    whole = store_places.whole(store)
    if whole is not None:
        held = _opened(crypt32.SYSTEM, whole) or {}
        for kind, ones in held.items():
            known = {one.sha1 for place, one in found[kind] if not place.account}
            found[kind] += [(whole, one) for one in ones if one.sha1 not in known]
    return found, "+".join(sorted(sources))


def _place(place: Place) -> tuple[Held, str]:
    """Return what one place holds, and which source said so."""
    held = _opened(crypt32.SYSTEM_REGISTRY, place)
    if held is None:
        return {kind: store_registry.elements(place, kind) for kind in Kind}, "registry"
    for kind in Kind:
        # What CryptoAPI shows may be read; what it passes over perhaps may not.
        with contextlib.suppress(DeniedError):
            known = {one.sha1 for one in held[kind]}
            held[kind] = [*held[kind], *store_registry.elements(place, kind, known)]
    return held, "api"


def _opened(provider: int, place: Place) -> Held | None:
    """Return what CryptoAPI shows of a place: nothing where there is none, None where it does not say why not."""
    try:
        return crypt32.elements(provider, place.flags, place.name)
    except crypt32.Crypt32Error as error:
        if error.code in _ABSENT:
            return {kind: [] for kind in Kind}
        if error.code in _DENIED:
            raise DeniedError("store-not-readable", f"{place.name}: {error}", source="api") from error
        if place.key:
            return None
        raise FailedError("store-not-opened", f"{place.name}: {error}", source="api") from error
