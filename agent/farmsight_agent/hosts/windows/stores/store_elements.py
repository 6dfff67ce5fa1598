"""One element of a certificate store, from whatever source, and the message that it becomes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from farmsight_agent.hosts.host import StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.hosts.windows.stores import store_ctl, store_properties
from farmsight_agent.hosts.windows.stores.store_places import Place
from farmsight_wire.v1 import facts_pb2


class Kind(Enum):
    """What a store keeps; the value is the name of its key in the registry."""

    CERTIFICATE = "Certificates"
    CRL = "CRLs"
    CTL = "CTLs"


# A certificate of a megabyte is none, a CRL may have a million entries.
LARGEST: Final[Mapping[Kind, int]] = {
    Kind.CERTIFICATE: 1024 * 1024,
    Kind.CRL: 100 * 1024 * 1024,
    Kind.CTL: 16 * 1024 * 1024,
}
MOST_ELEMENTS: Final = 20_000  # of one kind in one store; a trust list in use has a few hundred
MOST_BYTES: Final = 200 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Element:
    """A certificate, CRL or CTL as it is stored.

    `data` is None where it is not to be had, and `trouble` then says why.
    Of the properties those are kept that were found, `provider` is the name
    of the one that keeps the private key.
    """

    sha1: str  # lower-case hex
    data: bytes | None
    properties: Mapping[int, bytes] = field(default_factory=dict)
    provider: str = ""
    trouble: str = ""


def element(
    kind: Kind, data: bytes | memoryview, properties: Mapping[int, bytes] | None = None, *, provider: str = ""
) -> Element:
    """Return an element of these bytes; over the limit of its kind they are named, not kept."""
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    if len(data) > LARGEST[kind]:
        trouble = f"{len(data)} bytes, the limit is {LARGEST[kind]}"
        return Element(sha1=sha1, data=None, properties=properties or {}, provider=provider, trouble=trouble)
    return Element(sha1=sha1, data=bytes(data), properties=properties or {}, provider=provider)


def stored_certificate(store: str, place: Place, found: Element) -> StoredCertificate:
    """Return a certificate with where it is kept and what is kept beside it.

    That there is a private key is what the properties say; the key itself is
    never opened, so it may be gone, or its permissions wrong.
    """
    has = found.properties.__contains__
    usages = found.properties.get(store_properties.ENHKEY_USAGE)
    message = facts_pb2.StoreCertificate(
        store=store,
        location=place.location,
        origin=place.origin,
        account=place.account,
        has_private_key=_yes(has(store_properties.KEY_PROV_INFO)),
        friendly_name=store_properties.text(found.properties.get(store_properties.FRIENDLY_NAME, b"")),
        usages_restricted=_yes(usages is not None),
        allowed_usages=store_properties.usages(usages or b""),
        key_provider=found.provider,
        archived=_yes(has(store_properties.ARCHIVED)),
    )
    message.certificate.sha1 = found.sha1
    message.certificate.parse_error = found.trouble
    return StoredCertificate(der=found.data, message=message)


def stored_crl(store: str, place: Place, found: Element) -> StoredCrl:
    """Return a CRL with where it is kept."""
    message = facts_pb2.StoreCrl(store=store, location=place.location, origin=place.origin, sha1=found.sha1)
    if found.trouble:
        message.crl.parse_error = found.trouble
    return StoredCrl(der=found.data, message=message)


def stored_ctl(store: str, place: Place, found: Element) -> StoredCtl:
    """Return a certificate trust list with what it says of itself."""
    message = store_ctl.summary(found.data) if found.data is not None else facts_pb2.StoreCtl()
    message.store, message.location, message.origin, message.sha1 = store, place.location, place.origin, found.sha1
    message.parse_error = found.trouble or message.parse_error
    return StoredCtl(der=found.data, message=message)


def _yes(held: bool) -> facts_pb2.Tristate.ValueType:
    return facts_pb2.TRISTATE_YES if held else facts_pb2.TRISTATE_NO
