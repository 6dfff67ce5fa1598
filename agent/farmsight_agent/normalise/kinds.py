"""One function a kind: a host's message in, a Fact with its key out."""

from collections.abc import Callable, Iterable
from typing import Final

from google.protobuf.message import Message

from farmsight_agent.hosts.host import StoredCertificate, StoredCrl, StoredCtl
from farmsight_agent.normalise import spelling
from farmsight_agent.normalise.certificates import certificate_summary
from farmsight_agent.normalise.crls import crl_summary
from farmsight_agent.normalise.facts import fact
from farmsight_wire.v1 import facts_pb2

Keep = Callable[[bytes], bytes]


def store_certificate(seen: StoredCertificate, keep: Keep, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a certificate in a store, its bytes kept as a blob."""
    value = facts_pb2.StoreCertificate()
    value.CopyFrom(seen.message)
    value.store = spelling.store_name(value.store)
    if seen.der is not None:
        value.certificate.CopyFrom(certificate_summary(seen.der, keep))
    value.certificate.sha1 = spelling.thumbprint(value.certificate.sha1)
    return fact(value, f"{value.store}/{value.certificate.sha1}", source=source)


def store_crl(seen: StoredCrl, keep: Keep, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a CRL in a store."""
    value = facts_pb2.StoreCrl()
    value.CopyFrom(seen.message)
    value.store = spelling.store_name(value.store)
    if seen.der is not None:
        value.crl.CopyFrom(crl_summary(seen.der, keep))
    value.sha1 = spelling.thumbprint(value.sha1)
    return fact(value, f"{value.store}/{value.sha1}", source=source)


def store_ctl(seen: StoredCtl, keep: Keep, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a certificate trust list in a store, its bytes kept as a blob."""
    value = facts_pb2.StoreCtl()
    value.CopyFrom(seen.message)
    value.store = spelling.store_name(value.store)
    value.sha1 = spelling.thumbprint(value.sha1)
    if seen.der is not None:
        value.blob_sha256 = keep(seen.der)
    return fact(value, f"{value.store}/{value.sha1}", source=source)


def url_reservation(seen: facts_pb2.UrlReservation, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a URL reservation."""
    value = facts_pb2.UrlReservation()
    value.CopyFrom(seen)
    value.url = spelling.reserved_url(value.url)
    return fact(value, value.url, source=source)


def tls_binding(seen: facts_pb2.TlsBinding, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a TLS binding."""
    value = facts_pb2.TlsBinding()
    value.CopyFrom(seen)
    value.host = value.host.strip().lower().strip("[]")
    value.certificate_sha1 = spelling.thumbprint(value.certificate_sha1)
    value.application_id = spelling.application_id(value.application_id)
    if value.product in {"", "http.sys"}:
        value.product = "http.sys"
        value.store = spelling.certificate_store_of_binding(value.store)
    value.ctl_store = spelling.named(value.ctl_store)
    value.ctl_identifier = spelling.named(value.ctl_identifier)
    return fact(value, spelling.endpoint_key(value.host, value.port), source=source)


def listener(seen: facts_pb2.Listener, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a listening socket."""
    return fact(seen, spelling.endpoint_key(seen.address, seen.port), source=source)


def port_exclusion(seen: facts_pb2.PortExclusion, source: str = "") -> facts_pb2.Fact:
    """Return the fact of an excluded port range."""
    return fact(seen, f"{seen.first}-{seen.last}", source=source)


def service(seen: facts_pb2.Service, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a service."""
    value = facts_pb2.Service()
    value.CopyFrom(seen)
    value.name = value.name.strip()
    return fact(value, value.name.lower(), source=source)


def distinct(facts: Iterable[facts_pb2.Fact]) -> tuple[facts_pb2.Fact, ...]:
    """Return the facts with each (kind, context, key) once, the first one standing.

    A certificate that several physical stores hold is one fact with all its
    origins; that one of them has the private key is enough. Beside the
    machine's store, the one of an account does not count: chains that the
    machine builds never see it.
    """
    by_identity: dict[tuple[str | None, int, str], facts_pb2.Fact] = {}
    for one in facts:
        first = by_identity.setdefault((one.WhichOneof("value"), one.context, one.key), one)
        if first is not one and one.HasField("store_certificate"):
            _merge(first.store_certificate, one.store_certificate)
    return tuple(by_identity.values())


_UNTOLD: Final = frozenset({facts_pb2.STORE_ORIGIN_UNSPECIFIED, facts_pb2.STORE_ORIGIN_UNKNOWN})
_OF_ACCOUNTS: Final = frozenset({facts_pb2.STORE_LOCATION_USER, facts_pb2.STORE_LOCATION_SERVICE})


def _merge(first: facts_pb2.StoreCertificate, other: facts_pb2.StoreCertificate) -> None:
    if other.location in _OF_ACCOUNTS and first.location not in _OF_ACCOUNTS:
        return
    if first.location in _OF_ACCOUNTS and other.location not in _OF_ACCOUNTS:
        first.CopyFrom(other)
        return
    if first.origin in _UNTOLD and other.origin not in _UNTOLD:
        # An exported file does not tell where it is from, the listing beside it does.
        first.origin, first.location = other.origin, other.location
    elif other.origin not in {first.origin, *_UNTOLD, *first.other_origins}:
        first.other_origins.append(other.origin)
    if other.has_private_key == facts_pb2.TRISTATE_YES or not first.has_private_key:
        first.has_private_key = other.has_private_key
    first.friendly_name = first.friendly_name or other.friendly_name
    first.key_provider = first.key_provider or other.key_provider
    _merge_usages(first, other)


def _merge_usages(first: facts_pb2.StoreCertificate, other: facts_pb2.StoreCertificate) -> None:
    """Keep the narrowest of what the copies may be used for; `other_origins` tells that there are several."""
    if other.usages_restricted != facts_pb2.TRISTATE_YES:
        first.usages_restricted = first.usages_restricted or other.usages_restricted
        return
    allowed = list(other.allowed_usages)
    if first.usages_restricted == facts_pb2.TRISTATE_YES:
        allowed = [one for one in first.allowed_usages if one in allowed]
    first.usages_restricted = facts_pb2.TRISTATE_YES
    del first.allowed_usages[:]
    first.allowed_usages.extend(allowed)


def keyed(seen: Message, key: str, source: str = "") -> facts_pb2.Fact:
    """Return the fact of a kind whose key needs no spelling of its own ("" becomes "-")."""
    return fact(seen, key or "-", source=source)
