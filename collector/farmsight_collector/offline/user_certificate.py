"""The certificate that a user signs in with, out of the file that somebody has of it.

DER, PEM, base64 without its lines of dashes, PKCS #7 and serialised stores
are taken. A file that holds a private key is refused: it is looked at as far
as it takes to know that, and nothing of it is kept, printed or sent.
"""

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from farmsight_collector.offline.reading import EvidenceError, certificates_in, key_in
from farmsight_collector.pki import certificates
from farmsight_collector.pki.certificates import Certificate

LARGEST: Final = 1024 * 1024  # bytes; a chain in PEM has some ten thousand
LARGEST_CERTIFICATE: Final = 64 * 1024
_SHOWN: Final = 5
_LONGEST_NAME: Final = 200
_PRINCIPAL_NAME: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_TEXT_MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8-sig"}
_GIVE: Final = "give the user's certificate as .cer, .pem or .p7b"
_AS_CA: Final = "{} says of itself that it is a CA's certificate: is it the one that the user signs in with?"
_EXPORT: Final = (
    "export the certificate without its key and give that: on Windows 'certutil -user -store My', then "
    "'certutil -user -store My SERIAL user.cer'"
)
_FROM_PKCS12: Final = (
    "; from this file 'Get-PfxCertificate FILE | Export-Certificate -FilePath user.cer', "
    "or 'openssl pkcs12 -in FILE -clcerts -nokeys -out user.pem'"
)
_FROM_PEM: Final = "; where the certificate stands beside the key, 'openssl x509 -in FILE -out user.pem'"


class UserCertificateError(Exception):
    """There is no user's certificate to be had from it; the text says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A user's certificate, and what is to be said of how it was found."""

    leaf: Certificate
    der: bytes
    notes: tuple[str, ...] = ()


def read(path: Path) -> Given:
    """Return the user's certificate of a file; raises UserCertificateError."""
    return found_in(str(path), _content(path))


def refuse_keys(paths: Iterable[Path]) -> None:
    """Raise UserCertificateError for the first of these files that holds a private key."""
    for path in paths:
        kind = key_in(_content(path)) if path.is_file() else ""
        if kind:
            raise UserCertificateError(key_refused(str(path), kind))


def _content(path: Path) -> bytes:
    if path.is_fifo() and not path.is_relative_to("/dev"):  # nobody may ever write there; a shell's own are in /dev
        raise UserCertificateError(f"{path} is a pipe; give the file of the user's certificate")
    try:
        with path.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except IsADirectoryError:
        raise UserCertificateError(f"{path} is a folder; give the file of the user's certificate") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UserCertificateError(f"cannot read {path}: {why}; give the file of the user's certificate") from None


def found_in(name: str, data: bytes) -> Given:
    """Return the user's certificate of a file's content; raises UserCertificateError."""
    kind = key_in(data)
    if kind:
        raise UserCertificateError(key_refused(name, kind))
    if len(data) > LARGEST:
        raise UserCertificateError(f"{name}: over {LARGEST // 1024} KiB; give the certificate alone")
    try:
        found = certificates_in(name, _narrow(data))
    except EvidenceError as error:
        raise UserCertificateError(f"{error}; {_GIVE}") from None
    return _picked(name, [_parsed(name, one) for one in dict.fromkeys(found)])


def key_refused(name: str, kind: str) -> str:
    """Return why a file with a key is refused, and what to do instead."""
    more = _FROM_PKCS12 if "PKCS #12" in kind else _FROM_PEM if "PEM" in kind else ""
    return f"{name} holds {kind}: it is refused, and nothing of it was kept; {_EXPORT}{more}"


def _narrow(data: bytes) -> bytes:
    """Return text as bytes of ASCII, whatever Windows saved it as."""
    for mark, encoding in _TEXT_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace").encode("ascii", "replace")
    return data


def _parsed(name: str, der: bytes) -> tuple[Certificate, bytes]:
    if len(der) > LARGEST_CERTIFICATE:
        raise UserCertificateError(f"{name}: a certificate of {len(der)} bytes is none that a user signs in with")
    leaf = certificates.parse(der)
    if isinstance(leaf, certificates.Unparsed):
        if _is_request(der):
            raise UserCertificateError(f"{name} is a request for a certificate, not the certificate; {_GIVE}")
        raise UserCertificateError(f"{name}: not a certificate that can be read: {leaf.reason}")
    return leaf, der


def _is_request(der: bytes) -> bool:
    try:
        return bool(x509.load_der_x509_csr(der))
    except ValueError:
        return False


def _picked(name: str, held: Sequence[tuple[Certificate, bytes]]) -> Given:
    """Return the one certificate that is no CA's and issued none of the others."""
    if not held:
        raise UserCertificateError(
            f"{name}: no certificate is in it; give the user's certificate as .cer, .pem or .p7b"
        )
    issuers = {one.issuer_name for one, _ in held if not one.self_issued}
    users = [(one, der) for one, der in held if not one.is_ca and (len(held) == 1 or one.subject_name not in issuers)]
    if not users and len(held) == 1 and _names_a_user(held[0][0]):
        users = list(held)  # some issue all they issue with "CA: yes"
    if not users:
        whose = _listed(one for one, _ in held)
        raise UserCertificateError(
            f"{name} is of a CA, not of a user: {whose}; give the certificate that the user signs in with"
        )
    if len(users) > 1:
        whose = _listed(one for one, _ in users)
        raise UserCertificateError(f"{name} holds {len(users)} certificates that are no CAs': {whose}; give one alone")
    leaf, der = users[0]
    others = [one for one, _ in held if one is not leaf]
    beside = f"{name} holds {len(held)} certificates; traced is {_name(leaf)}, not {_listed(others)}"
    notes = ((beside,) if others else ()) + ((_AS_CA.format(_name(leaf)),) if leaf.is_ca else ())
    return Given(leaf=leaf, der=der, notes=notes)


def _names_a_user(leaf: Certificate) -> bool:
    try:
        names = leaf.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return any(
        isinstance(one, x509.RFC822Name) or (isinstance(one, x509.OtherName) and one.type_id == _PRINCIPAL_NAME)
        for one in names
    )


def _listed(found: Iterable[Certificate]) -> str:
    names = [_name(one) for one in found]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return "; ".join(names[:_SHOWN]) + more


def _name(one: Certificate) -> str:
    """Return what to call a certificate: its subject says whatever it likes, at any length."""
    return one.subject[:_LONGEST_NAME] or f"sha1 {one.sha1}"
