"""Which certificates a CRL speaks of: its issuing distribution point against the certificate's (RFC 5280 6.3.3 b)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from cryptography import x509

from farmsight_collector.pki import names
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.crls import Crl
from farmsight_collector.pki.paths.terms import Terms

POINTS: Final = 64  # distribution points of a certificate; it names others in vain
Spoken = tuple[str, object]

# RFC 5280 5.3.1, without unspecified and removeFromCRL, which no mask has.
ALL_REASONS: Final = frozenset(set(x509.ReasonFlags) - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl})


def points_of(one: Certificate) -> tuple[x509.DistributionPoint | None, ...]:
    """Return the places where a certificate's status is published; None stands for the issuer's own, where none is."""
    try:
        listed = one.parsed.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        return tuple(islice(listed, POINTS)) or (None,)
    except x509.ExtensionNotFound:
        return (None,)


def misfit(one: Certificate, crl: Crl, point: x509.DistributionPoint | None, terms: Terms) -> str:
    """Return why the CRL says nothing of the certificate, as a clause; empty when it does."""
    scope = crl.scope
    if crl.unknown_critical:
        return f"it calls an extension critical that is not known: {', '.join(crl.unknown_critical)}"
    if crl.indirect and not terms.indirect_crls:
        return "it is an indirect CRL, which Windows passes by"
    if scope is not None and scope.only_some_reasons is not None and not terms.partial_crls:
        return "it is for some reasons only, and Windows passes it by"
    if not _made_out_by(one, crl, point):
        return f"{crl.issuer} made it out, and not {one.issuer}"
    return "" if scope is None else _out_of_scope(one, crl, scope, point)


def _out_of_scope(
    one: Certificate, crl: Crl, scope: x509.IssuingDistributionPoint, point: x509.DistributionPoint | None
) -> str:
    if scope.only_contains_attribute_certs:
        return "it is for attribute certificates only"
    if scope.only_contains_user_certs and one.is_ca:
        return "it is for users' certificates only"
    if scope.only_contains_ca_certs and not one.is_ca:
        return "it is for CA certificates only"
    own = set(_scope_names(crl))
    if own and own.isdisjoint(_point_names(one, point)):
        return "it is for another distribution point"
    return ""


def reasons_of(crl: Crl, point: x509.DistributionPoint | None) -> frozenset[x509.ReasonFlags]:
    """Return the reasons for revocation that the CRL speaks of (6.3.3 d)."""
    wide = ALL_REASONS if point is None or point.reasons is None else point.reasons
    own = crl.scope.only_some_reasons if crl.scope is not None else None
    return wide if own is None else wide & own


def same_scope(crl: Crl, delta: Crl) -> bool:
    """Tell whether a delta is for the same certificates as a CRL (6.3.3 c 1 and 2)."""
    return crl.issuer_name == delta.issuer_name and crl.scope == delta.scope


def _made_out_by(one: Certificate, crl: Crl, point: x509.DistributionPoint | None) -> bool:
    if point is not None and point.crl_issuer:
        return crl.indirect and crl.issuer_name in set(_directories(point.crl_issuer))
    return crl.issuer_name == one.issuer_name


def _scope_names(crl: Crl) -> Iterator[Spoken]:
    scope = crl.scope
    if scope is not None and scope.relative_name is not None:
        yield "directory", _below(crl.issuer_name, scope.relative_name)
    elif scope is not None:
        yield from _spoken(scope.full_name or ())


def _point_names(one: Certificate, point: x509.DistributionPoint | None) -> Iterator[Spoken]:
    if point is None:
        yield "directory", one.issuer_name
    elif point.relative_name is not None:
        for name in list(_directories(point.crl_issuer or ())) or [one.issuer_name]:
            yield "directory", _below(name, point.relative_name)
    else:
        yield from _spoken(point.full_name or point.crl_issuer or ())


def _below(name: bytes, relative: x509.RelativeDistinguishedName) -> bytes:
    """Return the canonical name of what stands below a canonical name."""
    return name + names.canonical(x509.Name([relative]).public_bytes())


def _spoken(listed: Iterable[x509.GeneralName]) -> Iterator[Spoken]:
    for one in listed:
        if isinstance(one, x509.DirectoryName):
            yield "directory", names.canonical(one.value.public_bytes())
        else:
            yield type(one).__name__, one.value


def _directories(listed: Iterable[x509.GeneralName]) -> Iterator[bytes]:
    return (names.canonical(one.value.public_bytes()) for one in listed if isinstance(one, x509.DirectoryName))
