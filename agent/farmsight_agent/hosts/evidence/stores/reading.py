"""Certificate stores out of NAME_host.json and exported store files."""

import hashlib
from collections.abc import Iterator
from typing import Final

from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import certificate, raw, rows, text, texts, tristate
from farmsight_agent.hosts.evidence.intake.folder import Folder
from farmsight_agent.hosts.evidence.stores import exported
from farmsight_agent.hosts.host import Seen, StoredCertificate, StoredCrl
from farmsight_agent.normalise.spelling import store_name, windows_name
from farmsight_agent.outcome import FailedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

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


def names(folder: Folder, host: Located | None) -> tuple[str, ...]:
    """Return the stores that the evidence speaks of, with those that every server has."""
    known = [store_name(name) for name in folder.stores()]
    if host is not None:
        known += _looked_at(host)
    if not known:
        computer = folder.computer() or "%computername%"
        detail = f"neither Certificates in {computer}_host.json nor {computer}_store_NAME.pem in {folder}"
        raise UnavailableError("file-missing", detail, source=f"evidence:{computer}_host.json")
    return tuple(dict.fromkeys((*EXPECTED, *sorted(known))))


def _looked_at(host: Located) -> list[str]:
    listed = [row.get("Store") for key in ("Certificates", "Crls") for row in rows(host.get(key))]
    return [store_name(text(name)) for name in (*texts(host.get("Stores")), *listed) if text(name)]


def certificates(folder: Folder, host: Located | None, store: str) -> Seen[StoredCertificate]:
    """Return the certificates of one store, from all files that speak of it."""
    found = [
        (_certificate(store, one), f"evidence:{name}:{one.line}")
        for name, one in _exported(folder, store)
        if not one.is_crl
    ]
    if host is not None and "Certificates" in host:
        found += [(_json_certificate(store, row), row.source) for row in _of(host, "Certificates", store)]
    return _seen(folder, host, store, "Certificates", found)


def crls(folder: Folder, host: Located | None, store: str) -> Seen[StoredCrl]:
    """Return the CRLs of one store, from all files that speak of it."""
    found = [
        (_crl(store, one.data, one.sha1), f"evidence:{name}:{one.line}")
        for name, one in _exported(folder, store)
        if one.is_crl
    ]
    if host is not None and "Crls" in host:
        found += [(_json_crl(store, row), row.source) for row in _of(host, "Crls", store)]
    return _seen(folder, host, store, "Crls", found)


def _exported(folder: Folder, store: str) -> Iterator[tuple[str, exported.Exported]]:
    for name in folder.stores().get(store.lower(), []):
        for one in exported.read(name, folder.read(name)):
            yield name, one


def _of(host: Located, section: str, store: str) -> Iterator[Located]:
    return (row for row in sections.each(host, section) if store_name(text(row.get("Store"))) == store)


def _seen(folder: Folder, host: Located | None, store: str, section: str, found: list) -> Seen:  # type: ignore[type-arg]
    files = folder.stores().get(store.lower(), [])
    looked = host is not None and section in host and (bool(found) or store in _looked_at(host))
    if not files and not looked:
        missing = f"{folder.computer() or '%computername%'}_store_{store.lower()}.pem"
        detail = f"neither {missing} nor {store} in the {section} of NAME_host.json"
        raise UnavailableError("file-missing", detail, source=f"evidence:{missing}")
    source = "evidence:" + (files[0] if files else host.source.split(":")[1] if host is not None else "")
    return Seen(values=tuple(v for v, _ in found), lines=tuple(line for _, line in found), source=source)


def _certificate(store: str, one: exported.Exported) -> StoredCertificate:
    message = facts_pb2.StoreCertificate(
        store=store,
        location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
        origin=facts_pb2.STORE_ORIGIN_UNKNOWN,
        friendly_name=one.friendly_name,
        has_private_key=_KEY[one.has_private_key],
    )
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
    # The bytes tell better than a thumbprint beside them that may be of another certificate.
    message.certificate.sha1 = sha1 if der is None else hashlib.sha1(der, usedforsecurity=False).hexdigest()
    message.certificate.subject = windows_name(text(row.get("Subject")))
    message.certificate.issuer = windows_name(text(row.get("Issuer")))
    return StoredCertificate(der=der, message=message)


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
