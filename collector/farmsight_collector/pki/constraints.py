"""What a CA's name constraints (RFC 5280 4.2.1.10) say of the names in a certificate below it."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from farmsight_collector.pki import der, name_texts, names
from farmsight_collector.pki.certificates import Certificate

T = TypeVar("T")

PRINCIPAL_NAME: Final = "1.3.6.1.4.1.311.20.2.3"
_TEXTS: Final = frozenset({0x0C, 0x13, 0x16})  # UTF8String, PrintableString, IA5String
_READING: Final = 20  # to read a subtree takes as long as so many comparisons
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of a certificate that constraints can be about."""

    subject: bytes = b""  # canonical; empty: it has none
    directories: tuple[bytes, ...] = ()  # canonical, of the alternative names
    mails: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    addresses: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...] = ()
    others: tuple[str, ...] = ()  # kinds that no constraint is compared with here, by their OID


def refused(issuer: Certificate, subject: bytes, mails: Iterable[str], principals: Iterable[str]) -> Iterator[str]:
    """Yield each of a certificate's names that the issuer may not certify, as people read it.

    `subject` is the subject's name in its canonical form. Only mail addresses, principal
    names and directory names are looked at; kinds that the issuer does not
    constrain are free.
    """
    return outside(issuer, Names(subject=subject, mails=tuple(mails), principals=tuple(principals)))


def outside(issuer: Certificate, its: Names) -> Iterator[str]:
    """Yield each name that the issuer may not certify, as people read it; kinds that it does not constrain are free."""
    constraints = _of(issuer)
    if constraints is None:
        return
    permitted, excluded = constraints.permitted_subtrees or (), constraints.excluded_subtrees or ()
    for mail in its.mails:
        if _outside(mail.lower(), _mails(permitted), _mails(excluded), _mail_within):
            yield mail
    for principal in its.principals:
        if _outside(principal.lower(), _principals(permitted), _principals(excluded), _principal_within):
            yield principal
    for host in its.hosts:
        plain = host.lower().rstrip(".")
        if _outside(plain, _hosts(permitted), _hosts(excluded), _host_within) or _spans(plain, _hosts(excluded)):
            yield host
    for url in its.urls:
        if (_urls((*permitted, *excluded)) and not _host_of(url)) or _outside(
            url, _urls(permitted), _urls(excluded), _url_within
        ):
            yield url
    for address in its.addresses:
        if _outside(address, _networks(permitted), _networks(excluded), _address_within):
            yield str(address)
    yield from _others(its, (*permitted, *excluded))
    directories = _directories(permitted), _directories(excluded)
    if its.subject and _outside(its.subject, *directories, bytes.startswith):
        yield "the subject"
    if any(_outside(one, *directories, bytes.startswith) for one in its.directories):
        yield "a directory name"


def names_of(one: Certificate) -> Names:
    """Return the names that constraints are about: the subject, and the subject alternative names.

    A mail address in the subject counts while there are no alternative names (RFC 5280 4.2.1.10).
    """
    subject = one.subject_name  # empty where it has none
    try:
        listed = list(one.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return Names(subject=subject, mails=_mails_of_subject(one))
    others = [name for name in listed if isinstance(name, x509.OtherName)]
    strange = [name.type_id.dotted_string for name in others if name.type_id.dotted_string != PRINCIPAL_NAME]
    return Names(
        subject=subject,
        directories=tuple(_directories(listed)),
        mails=tuple(name.value for name in listed if isinstance(name, x509.RFC822Name)),
        principals=tuple(_text(o.value) for o in others if o.type_id.dotted_string == PRINCIPAL_NAME),
        hosts=tuple(name.value for name in listed if isinstance(name, x509.DNSName)),
        urls=tuple(name.value for name in listed if isinstance(name, x509.UniformResourceIdentifier)),
        addresses=tuple(n.value for n in listed if isinstance(n, x509.IPAddress) and not isinstance(n.value, Network)),
        others=(*strange, *("registered ID" for name in listed if isinstance(name, x509.RegisteredID))),
    )


def _mails_of_subject(one: Certificate) -> tuple[str, ...]:
    _, subject = der.certificate_names(one.parsed.public_bytes(Encoding.DER))
    return name_texts.values(subject, NameOID.EMAIL_ADDRESS.dotted_string)


def comparisons(issuer: Certificate, its: Names) -> int:
    """Return how many comparisons a question takes at most, for who bounds them."""
    constraints = _of(issuer)
    if constraints is None:
        return 0
    subtrees = len(constraints.permitted_subtrees or ()) + len(constraints.excluded_subtrees or ())
    kinds = its.directories, its.mails, its.principals, its.hosts, its.urls, its.addresses, its.others
    return subtrees * (_READING + sum(map(len, kinds)))


def constrains(one: Certificate) -> bool:
    """Tell whether a certificate has name constraints."""
    return _of(one) is not None


def _of(issuer: Certificate) -> x509.NameConstraints | None:
    try:
        return issuer.parsed.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None


def _outside(name: T, permitted: list[T], excluded: list[T], within: Callable[[T, T], bool]) -> bool:
    """Tell whether a name is in an excluded subtree, or in none of those permitted while there are any."""
    if any(within(name, one) for one in excluded):
        return True
    return bool(permitted) and not any(within(name, one) for one in permitted)


def _mails(subtrees: Iterable[x509.GeneralName]) -> list[str]:
    return [one.value.lower() for one in subtrees if isinstance(one, x509.RFC822Name)]


def _mail_within(mail: str, constraint: str) -> bool:
    host = mail.rpartition("@")[2]
    if "@" in constraint:
        return mail == constraint
    return host.endswith(constraint) if constraint.startswith(".") else host == constraint


def _principals(subtrees: Iterable[x509.GeneralName]) -> list[str]:
    """Return the constraints on principal names; none when one can't be read, since it might permit anything."""
    others = (one for one in subtrees if isinstance(one, x509.OtherName))
    texts = [_text(one.value) for one in others if one.type_id.dotted_string == PRINCIPAL_NAME]
    return [text.lower() for text in texts if text] if all(texts) else []


def _text(value: bytes) -> str:
    try:
        return next(e.content.decode("utf-8") for e in der.elements(value) if e.tag in _TEXTS)
    except (StopIteration, der.DerError, UnicodeDecodeError):
        return ""


def _principal_within(principal: str, constraint: str) -> bool:
    """Compare as Windows does: by the end of the name ("@contoso.com", ".contoso.com", "contoso.com")."""
    host = principal.rpartition("@")[2]
    bare = constraint.lstrip("@")
    return principal == constraint or host == bare.lstrip(".") or host.endswith("." + bare.lstrip("."))


def _directories(subtrees: Iterable[x509.GeneralName]) -> list[bytes]:
    return [names.canonical(one.value.public_bytes()) for one in subtrees if isinstance(one, x509.DirectoryName)]


def _hosts(subtrees: Iterable[x509.GeneralName]) -> list[str]:
    return [one.value.lower().rstrip(".") for one in subtrees if isinstance(one, x509.DNSName)]


def _host_within(host: str, constraint: str) -> bool:
    """Tell whether a host name is the constraint with labels before it; a dot in front wants at least one more."""
    if constraint.startswith("."):
        return host.endswith(constraint)
    return not constraint or host == constraint or host.endswith("." + constraint)


def _spans(host: str, excluded: Iterable[str]) -> bool:
    """Tell whether a wildcard stands for a host that is excluded, one label before its own name."""
    return host.startswith("*.") and any(one.lstrip(".").partition(".")[2] == host[2:] for one in excluded)


def _urls(subtrees: Iterable[x509.GeneralName]) -> list[str]:
    return [one.value.lower() for one in subtrees if isinstance(one, x509.UniformResourceIdentifier)]


def _url_within(url: str, constraint: str) -> bool:
    """Tell whether a URL's host is the constraint, or below one that begins with a dot."""
    host = _host_of(url)
    return host.endswith(constraint) if constraint.startswith(".") else bool(host) and host == constraint


def _host_of(url: str) -> str:
    """Return the host name of a URL; empty where it has none, or an address: such a URL must be refused (4.2.1.10)."""
    try:
        host = (urlsplit(url).hostname or "").lower()
        return "" if _is_address(host) else host
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _networks(subtrees: Iterable[x509.GeneralName]) -> list[object]:
    return [one.value for one in subtrees if isinstance(one, x509.IPAddress) and isinstance(one.value, Network)]


def _address_within(address: object, network: object) -> bool:
    assert isinstance(network, Network)
    return address in network


def _others(its: Names, subtrees: Iterable[x509.GeneralName]) -> Iterator[str]:
    """Yield names of kinds that are constrained and can't be compared: these must be refused (4.2.1.10)."""
    kinds = {o.type_id.dotted_string for o in subtrees if isinstance(o, x509.OtherName)}
    if any(isinstance(one, x509.RegisteredID) for one in subtrees):
        kinds.add("registered ID")
    yield from sorted(kinds.intersection(its.others))
