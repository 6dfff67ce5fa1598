"""Names, hashes and numbers of certificates as certutil spells them."""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from farmsight_lab.captured.plan import Windows

_UPN: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_SHORT: Final = {
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COUNTRY_NAME: "C",
    NameOID.DOMAIN_COMPONENT: "DC",
}


def parts(name: x509.Name) -> list[str]:
    """Return the parts of a name, the common name first."""
    return [f"{_SHORT.get(one.oid, one.oid.dotted_string)}={one.value!s}" for one in reversed(list(name))]


def in_one_line(name: x509.Name) -> str:
    """Return a name as it stands after a label."""
    return ", ".join(parts(name))


def serial(certificate: x509.Certificate) -> str:
    """Return the serial number in hex, whole bytes."""
    number = certificate.serial_number
    return number.to_bytes((number.bit_length() + 8) // 8 or 1, "big").hex().removeprefix("00")


def sha1(data: bytes) -> str:
    """Return a hash as Windows names things by it."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def thumbprint(certificate: x509.Certificate) -> str:
    """Return the SHA-1 of a certificate."""
    return certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - a name, not a safeguard


def spelt(digest: str, system: Windows) -> str:
    """Return a hash as this version prints it: in one piece, or in pairs."""
    return digest if system.compact_hash else " ".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def alternative_names(certificate: x509.Certificate) -> str:
    """Return the subject's other names in one line; "" where there are none."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    found = []
    for name in extension:
        if isinstance(name, x509.OtherName) and name.type_id == _UPN:
            found.append(f"Other Name:Principal Name={name.value[2:].decode()}")
        elif isinstance(name, x509.RFC822Name):
            found.append(f"RFC822 Name={name.value}")
        elif isinstance(name, x509.DNSName):
            found.append(f"DNS Name={name.value}")
    return ", ".join(found)


def uses(certificate: x509.Certificate) -> list[str]:
    """Return the extended key usages, dotted; none means all."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return []
    return [one.dotted_string for one in extension]


def is_ca(certificate: x509.Certificate) -> bool:
    """Tell whether its basic constraints make it a CA."""
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Tell whether subject and issuer are the same."""
    return certificate.subject == certificate.issuer
