"""Certificate stores out of NAME_host.json and exported store files."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from farmsight_agent.hosts.evidence.answers import sourced, together
from farmsight_agent.hosts.evidence.capture import CERTIFICATES, Capture, Text
from farmsight_agent.hosts.evidence.certutil import store as certutil_store
from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import certificate, raw, rows, text, texts, tristate
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.stores import exported
from farmsight_agent.hosts.evidence.wanted import missing
from farmsight_agent.hosts.host import Seen, StoredCertificate, StoredCrl
from farmsight_agent.hosts.windows.stores import store_properties
from farmsight_agent.normalise.spelling import store_name, windows_name
from farmsight_agent.outcome import FailedError, NotObservedError
from farmsight_wire.v1 import facts_pb2

T = TypeVar("T")
LISTING: Final = "certutil-store"
_FORMS: Final = (CERTIFICATES, LISTING)

# The stores that every Windows server has, and that sign-in by certificate stands on.
EXPECTED: Final = ("ROOT", "CA", "MY")
_ORIGINS: Final = {
    "registry": facts_pb2.STORE_ORIGIN_REGISTRY,
    "grouppolicy": facts_pb2.STORE_ORIGIN_GROUP_POLICY,
    "enterprise": facts_pb2.STORE_ORIGIN_ENTERPRISE,
    "thirdparty": facts_pb2.STORE_ORIGIN_THIRD_PARTY,
    "authroot": facts_pb2.STORE_ORIGIN_THIRD_PARTY,
    "smartcard": facts_pb2.STORE_ORIGIN_SMART_CARD,
    "package": facts_pb2.STORE_ORIGIN_PACKAGE,
    "localfile": facts_pb2.STORE_ORIGIN_LOCAL_FILE,
}
_LOCATIONS: Final = {
    "localmachine": facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
    "enterprise": facts_pb2.STORE_LOCATION_ENTERPRISE,
    "service": facts_pb2.STORE_LOCATION_SERVICE,
    "services": facts_pb2.STORE_LOCATION_SERVICE,
    "currentuser": facts_pb2.STORE_LOCATION_USER,
    "user": facts_pb2.STORE_LOCATION_USER,
    "file": facts_pb2.STORE_LOCATION_FILE,
}
_KEY: Final = {True: facts_pb2.TRISTATE_YES, False: facts_pb2.TRISTATE_NO, None: facts_pb2.TRISTATE_UNSPECIFIED}


def names(shelf: Shelf, host: Located) -> tuple[str, ...]:
    """Return the stores that the evidence speaks of, with those that every server has."""
    known = {store_name(one.about) for one in shelf.of(*_FORMS) if one.about}
    known |= _looked_at(shelf, host)
    if not known:
        raise missing("certificate-stores", "ROOT", shelf.server)
    return tuple(dict.fromkeys((*EXPECTED, *sorted(known))))


def _looked_at(shelf: Shelf, host: Located) -> frozenset[str]:
    def read() -> frozenset[str]:
        listed = [row.get("Store") for key in ("Certificates", "Crls") for row in rows(host.get(key))]
        return frozenset(store_name(text(name)) for name in (*texts(host.get("Stores")), *listed) if text(name))

    return shelf.once("looked-at", "", read)


def _by_store(shelf: Shelf, host: Located, section: str) -> Mapping[str, Sequence[Located]]:
    """Return the rows of a section by the store that they are in; raises NotObservedError."""

    def read() -> Mapping[str, Sequence[Located]]:
        found: dict[str, list[Located]] = defaultdict(list)
        for row in sections.each(host, section):
            found[store_name(text(row.get("Store")))].append(row)
        return found

    return shelf.once("by-store", section, read)


def certificates(shelf: Shelf, host: Located, store: str) -> Seen[StoredCertificate]:
    """Return the certificates of one store, from all that speaks of it; exports, which show the bytes, first."""
    return _all(shelf, store, _exported_certificates, partial(_json_certificates, shelf, host), certutil_store.parse)


def crls(shelf: Shelf, host: Located, store: str) -> Seen[StoredCrl]:
    """Return the CRLs of one store, from all that speaks of it."""
    return _all(shelf, store, _exported_crls, partial(_json_crls, shelf, host), certutil_store.parse_crls)


def _all(
    shelf: Shelf,
    store: str,
    exported_ones: Callable[[Shelf, Capture, str], Seen[T]],
    of_json: Callable[[str], Seen[T] | None],
    of_listing: Callable[[Text, str], Seen[T]],
) -> Seen[T]:
    """Join what the sources say; one that can't be read counts only where none other speaks."""
    seen: list[Seen[T]] = []
    troubles: list[NotObservedError] = []
    readers: list[Callable[[], Seen[T] | None]] = [
        *(partial(exported_ones, shelf, one, store) for one in _of_store(shelf, CERTIFICATES, store)),
        partial(of_json, store),
        *(partial(_listed, shelf, one, store, of_listing) for one in _of_store(shelf, LISTING, store)[-1:]),
    ]
    for read in readers:
        try:
            found = read()
        except NotObservedError as error:
            troubles.append(error)
            continue
        if found is not None:
            seen.append(found)
    if not seen:
        raise troubles[0] if troubles else missing("certificate-stores", store, shelf.server)
    shelf.answered_beside(troubles)
    return together(seen)


def _of_store(shelf: Shelf, form: str, store: str) -> list[Capture]:
    return [one for one in shelf.of(form) if store_name(one.about) == store]


def _listed(shelf: Shelf, one: Capture, store: str, of_listing: Callable[[Text, str], Seen[T]]) -> Seen[T]:
    return of_listing(shelf.text(one), store)


def exported_from(shelf: Shelf, one: Capture) -> list[exported.Exported]:
    """Return what an exported store or a certificate file holds; raises NotObservedError."""
    # Its certificates are asked for, then its CRLs; more than one store's bytes are not held.
    return shelf.once(CERTIFICATES, one, lambda: exported.read(one.file, shelf.data(one)), kept=1)


def _exported_certificates(shelf: Shelf, one: Capture, store: str) -> Seen[StoredCertificate]:
    held = [each for each in exported_from(shelf, one) if not each.is_crl]
    return _seen(one.file, [(_certificate(store, each), each.line) for each in held])


def _exported_crls(shelf: Shelf, one: Capture, store: str) -> Seen[StoredCrl]:
    held = [each for each in exported_from(shelf, one) if each.is_crl]
    return _seen(one.file, [(_crl(store, each.data, each.sha1), each.line) for each in held])


def _seen(file: str, found: Sequence[tuple[T, int]]) -> Seen[T]:
    return sourced([(value, f"evidence:{file}:{line}") for value, line in found], f"evidence:{file}")


def _json_certificates(shelf: Shelf, host: Located, store: str) -> Seen[StoredCertificate] | None:
    return _json(shelf, host, "Certificates", store, partial(_json_certificate, store))


def _json_crls(shelf: Shelf, host: Located, store: str) -> Seen[StoredCrl] | None:
    return _json(shelf, host, "Crls", store, partial(_json_crl, store))


def _json(shelf: Shelf, host: Located, section: str, store: str, read: Callable[[Located], T]) -> Seen[T] | None:
    """Return what a section lists of one store; None where it does not speak of the store."""
    if section not in host:
        return None
    listed = _by_store(shelf, host, section).get(store, ())
    if not listed and store not in _looked_at(shelf, host):
        return None
    return sourced([(read(row), row.source) for row in listed], sections.file_of(host, section))


def _certificate(store: str, one: exported.Exported) -> StoredCertificate:
    message = facts_pb2.StoreCertificate(
        store=store,
        location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
        origin=facts_pb2.STORE_ORIGIN_UNKNOWN,
        friendly_name=one.friendly_name,
        has_private_key=_KEY[one.has_private_key],
    )
    _restrict(message, one.usages)
    message.certificate.sha1 = one.sha1
    return StoredCertificate(der=one.data, message=message)


def _json_certificate(store: str, row: Located) -> StoredCertificate:
    der, sha1 = certificate(row)
    if der is None and not sha1:
        raise FailedError("not-understood", "a certificate without RawData and Thumbprint", source=row.source)
    message = facts_pb2.StoreCertificate(
        store=store,
        location=_location(row),
        origin=_origin(row),
        friendly_name=text(row.get("FriendlyName")),
        has_private_key=tristate(row.get("HasPrivateKey")),
    )
    usages = row.get("UsageProperty")
    _restrict(message, b"" if usages == "" else raw(usages))
    # The bytes tell better than a thumbprint beside them that may be of another certificate.
    message.certificate.sha1 = sha1 if der is None else hashlib.sha1(der, usedforsecurity=False).hexdigest()
    message.certificate.subject = windows_name(text(row.get("Subject")))
    message.certificate.issuer = windows_name(text(row.get("Issuer")))
    return StoredCertificate(der=der, message=message)


def _restrict(message: facts_pb2.StoreCertificate, usages: bytes | None) -> None:
    """Add what the copy may be used for: the bytes of its property, empty where it has none, None where not shown."""
    if usages is not None:
        message.usages_restricted = facts_pb2.TRISTATE_YES if usages else facts_pb2.TRISTATE_NO
        message.allowed_usages.extend(store_properties.usages(usages))


def _json_crl(store: str, row: Located) -> StoredCrl:
    data = raw(row.get("RawData"))
    if data is None:
        raise FailedError("not-understood", "a CRL without RawData", source=row.source)
    found = _crl(store, data, exported.Exported(data=data, is_crl=True).sha1)
    found.message.origin = _origin(row)
    return found


def _crl(store: str, data: bytes, sha1: str) -> StoredCrl:
    message = facts_pb2.StoreCrl(
        store=store,
        sha1=sha1,
        location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
        origin=facts_pb2.STORE_ORIGIN_UNKNOWN,
    )
    return StoredCrl(der=data, message=message)


def _origin(row: Located) -> facts_pb2.StoreOrigin.ValueType:
    word = text(row.get("Origin")).strip(" .").replace(" ", "").replace("_", "").lower()
    return _ORIGINS.get(word, facts_pb2.STORE_ORIGIN_UNKNOWN)


def _location(row: Located) -> facts_pb2.StoreLocation.ValueType:
    word = text(row.get("Location")).replace(" ", "").replace("_", "").lower()
    return _LOCATIONS.get(word, facts_pb2.STORE_LOCATION_LOCAL_MACHINE)
