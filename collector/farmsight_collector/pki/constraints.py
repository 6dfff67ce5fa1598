"""What a CA's name constraints (RFC 5280 4.2.1.10) say of a user's names."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from cryptography import x509

from farmsight_collector.pki import der, names
from farmsight_collector.pki.certificates import Certificate

T = TypeVar("T", str, bytes)

PRINCIPAL_NAME: Final = "1.3.6.1.4.1.311.20.2.3"
_TEXTS: Final = frozenset({0x0C, 0x13, 0x16})  # UTF8String, PrintableString, IA5String


def refused(issuer: Certificate, subject: bytes, mails: Iterable[str], principals: Iterable[str]) -> Iterator[str]:
    """Yield each of a certificate's names that the issuer may not certify, as people read it.

    `subject` is the subject's name in its canonical form. Only mail addresses, principal
    names and directory names are looked at; kinds that the issuer does not
    constrain are free.
    """
    constraints = _of(issuer)
    if constraints is None:
        return
    permitted, excluded = constraints.permitted_subtrees or (), constraints.excluded_subtrees or ()
    for mail in mails:
        if _outside(mail.lower(), _mails(permitted), _mails(excluded), _mail_within):
            yield mail
    for principal in principals:
        if _outside(principal.lower(), _principals(permitted), _principals(excluded), _principal_within):
            yield principal
    if _outside(subject, _directories(permitted), _directories(excluded), bytes.startswith):
        yield "the subject"


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
