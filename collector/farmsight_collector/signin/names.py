"""The names in a user's certificate by which an account is found."""

from dataclasses import dataclass
from typing import Final

from cryptography import x509

from farmsight_collector.pki import der
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.constraints import PRINCIPAL_NAME

SID_EXTENSION: Final = "1.3.6.1.4.1.311.25.2"  # szOID_NTDS_CA_SECURITY_EXT, Microsoft KB5014754
SID_URI: Final = "tag:microsoft.com,2022-09-14:sid:"  # the same as a URI among the alternative names
MOST: Final = 100
_TEXTS: Final = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x1E: "utf-16-be"}


@dataclass(frozen=True, kw_only=True)
class Named:
    """Whose certificate it is, by its subject alternative names."""

    principals: tuple[str, ...]
    mails: tuple[str, ...]
    carries_sid: bool

    @property
    def everyone(self) -> tuple[str, ...]:
        """Return all names that an account may have: principal names first."""
        return tuple(dict.fromkeys((*self.principals, *self.mails)))

    @property
    def domains(self) -> tuple[str, ...]:
        """Return the domains of these names, lower case; those of principal names first."""
        found = (domain_of(name) for name in self.everyone)
        return tuple(dict.fromkeys(one for one in found if one))


def domain_of(name: str) -> str:
    """Return the domain of a principal name or mail address, lower case; nothing where it has none."""
    return name.rpartition("@")[2].strip().rstrip(".").lower() if "@" in name else ""


def named(leaf: Certificate) -> Named:
    """Return the names of a certificate; of each kind no more than a hundred are read."""
    try:
        held = leaf.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        held = x509.SubjectAlternativeName(())
    names = list(held)[: 10 * MOST]
    others = [one.value for one in names if isinstance(one, x509.OtherName) and _is_principal(one)]
    uris = [one.value for one in names if isinstance(one, x509.UniformResourceIdentifier)]
    extensions = (one.oid.dotted_string for one in leaf.parsed.extensions)
    return Named(
        principals=tuple(text for text in map(_text, others[:MOST]) if text),
        mails=tuple(one.value for one in names if isinstance(one, x509.RFC822Name))[:MOST],
        carries_sid=SID_EXTENSION in extensions or any(uri.lower().startswith(SID_URI) for uri in uris),
    )


def _is_principal(name: x509.OtherName) -> bool:
    return name.type_id.dotted_string == PRINCIPAL_NAME


def _text(value: bytes) -> str:
    try:
        return next(e.content.decode(_TEXTS[e.tag]) for e in der.elements(value) if e.tag in _TEXTS).strip()
    except (StopIteration, der.DerError, UnicodeDecodeError):
        return ""
