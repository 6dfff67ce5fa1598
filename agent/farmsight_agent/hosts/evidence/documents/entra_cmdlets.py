"""The tenant's side as PowerShell cmdlets show it: AzureAD, MSOnline, Entra and Graph modules, as JSON or as text.

They show a CA's name and key identifier, and its certificate only in JSON;
which domain federation settings are of is in the command or in the file's
name alone.
"""

from collections.abc import Callable, Iterator
from typing import Final

from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.excerpts import Excerpt, need_all
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import Json, looks_like_certificate, raw, text, tristate
from farmsight_agent.hosts.evidence.powershell import cmdlets
from farmsight_agent.normalise import certificate_summary
from farmsight_agent.normalise.spelling import thumbprint, windows_name
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

Keep = Callable[[bytes], bytes]
Domains = dict[str, tuple[facts_pb2.EntraDomain, str]]  # by name, with the line

PROMPTS: Final = {
    "": facts_pb2.PROMPT_LOGIN_NOT_SET,
    "translatetofreshpasswordauthentication": facts_pb2.PROMPT_LOGIN_TRANSLATE,
    "translatetofreshpasswordauth": facts_pb2.PROMPT_LOGIN_TRANSLATE,
    "nativesupport": facts_pb2.PROMPT_LOGIN_NATIVE,
    "disabled": facts_pb2.PROMPT_LOGIN_DISABLED,
}
_ROOTS: Final = {
    "rootauthority": facts_pb2.TRISTATE_YES,
    "0": facts_pb2.TRISTATE_YES,
    "intermediateauthority": facts_pb2.TRISTATE_NO,
    "1": facts_pb2.TRISTATE_NO,
}
_KINDS: Final = {"federated": "Federated", "managed": "Managed"}
_VERIFIED: Final = {"verified": facts_pb2.TRISTATE_YES, "unverified": facts_pb2.TRISTATE_NO}
# Each field under the names that the modules have for it.
_FIELDS: Final = (
    ("issuer_uri", ("IssuerUri",)),
    ("passive_sign_in_uri", ("PassiveLogOnUri", "PassiveSignInUri", "LogOnUri")),
    ("active_sign_in_uri", ("ActiveLogOnUri", "ActiveSignInUri")),
    ("metadata_exchange_uri", ("MetadataExchangeUri",)),
    ("sign_out_uri", ("LogOffUri", "SignOutUri")),
    ("preferred_protocol", ("PreferredAuthenticationProtocol",)),
    ("mfa_behavior", ("FederatedIdpMfaBehavior",)),
)
_SIGNING: Final = (
    ("signing_certificate", "SigningCertificate", "TokenSigningCertificate"),
    ("next_signing_certificate", "NextSigningCertificate", "NextTokenSigningCertificate"),
)


def names_of(cmdlet: str, document: Located) -> list[str]:
    """Return the sections, or error entries, of a cmdlet and of those that answer the same."""
    errors = document.get("Errors")
    told = document.keys() | (errors.keys() if isinstance(errors, dict) else set())
    known = cmdlets.BY_NAME[cmdlet.lower()]
    return [name for name in (known.name, *known.also) if name in told]


def authorities(document: Located, keep: Keep) -> Iterator[tuple[facts_pb2.EntraAuthority, str]]:
    """Yield the certificate authorities that a cmdlet listed, each with its line."""
    for name in names_of(cmdlets.TRUSTED_CA, document):
        for row in sections.each(document, name):
            need_all(row)
            yield _authority(row, keep), row.source


def _authority(row: Located, keep: Keep) -> facts_pb2.EntraAuthority:
    if "CrlDistributionPoint" not in row:  # else it would be one that has none
        raise sections.not_understood(row, "CrlDistributionPoint")
    value = facts_pb2.EntraAuthority(
        entra_store=facts_pb2.ENTRA_STORE_CLASSIC,
        root=_ROOTS.get(text(row.get("AuthorityType")).lower(), facts_pb2.TRISTATE_UNSPECIFIED),
        crl_url=text(row["CrlDistributionPoint"]),
        delta_crl_url=text(row.get("DeltaCrlDistributionPoint")),
    )
    held = row.get("TrustedCertificate")
    der = None if isinstance(held, Excerpt) else raw(held)
    if der is not None and is_whole(der):
        value.certificate.CopyFrom(certificate_summary(der, keep))
        return value
    key = thumbprint(text(row.get("TrustedIssuerSki")))
    if not key:
        raise sections.not_understood(row, "TrustedCertificate or TrustedIssuerSki")
    value.certificate.subject_key_identifier = key
    value.certificate.subject = windows_name(text(row.get("TrustedIssuer")))
    if value.root == facts_pb2.TRISTATE_YES:
        value.certificate.issuer = value.certificate.subject
    return value


def is_whole(der: bytes) -> bool:
    """Tell a certificate that is all there from one that was cut."""
    return looks_like_certificate(der) and len(der) == announced(der)


def announced(der: bytes) -> int:
    """Return how many bytes the outer length of a certificate says that it has."""
    octets = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + octets], "big") if octets else der[1]
    return 2 + octets + length


def domains(document: Located, found: Domains, keep: Keep) -> None:
    """Add what cmdlets say of domains to what is found already, which stands."""
    for name in names_of(cmdlets.TENANT_DOMAIN, document):
        for row in sections.each(document, name):
            _domain(row, found)
    for name in names_of(cmdlets.FEDERATION_SETTINGS, document):
        for row in sections.each(document, name):
            _settings(row, found, keep)
    for name in names_of(cmdlets.FEDERATION_PROPERTY, document):
        for row in sections.each(document, name):
            _property(row, found, keep)


def _domain(row: Located, found: Domains) -> None:
    name = text(row.get("Id")).lower() or text(row.get("Name")).lower()
    if not name:
        raise sections.not_understood(row, "Name")
    kind = _KINDS.get((text(row.get("AuthenticationType")) or text(row.get("Authentication"))).lower(), "")
    verified = tristate(row.get("IsVerified"))
    if verified == facts_pb2.TRISTATE_UNSPECIFIED:
        verified = _VERIFIED.get(text(row.get("Status")).lower(), facts_pb2.TRISTATE_UNSPECIFIED)
    value = facts_pb2.EntraDomain(name=name, authentication_type=kind, verified=verified)
    found.setdefault(name, (value, row.source))


def _named(row: Located, found: Domains) -> facts_pb2.EntraDomain:
    """Return the domain that a row of settings is of; raises where nothing says it."""
    name = (text(row.get("DomainName")) or text(row.get("DomainId"))).lower()
    if not name:
        raise FailedError("domain-not-said", "federation settings of a domain that nothing names", source=row.source)
    return found.setdefault(name, (facts_pb2.EntraDomain(name=name), row.source))[0]


def _settings(row: Located, found: Domains, keep: Keep) -> None:
    value = _named(row, found)
    value.authentication_type = value.authentication_type or "Federated"
    for field, names in _FIELDS:
        if not getattr(value, field):
            setattr(value, field, next((text(row.get(name)) for name in names if text(row.get(name))), ""))
    if "PromptLoginBehavior" in row and value.prompt_login == facts_pb2.PROMPT_LOGIN_UNSPECIFIED:
        word = text(row["PromptLoginBehavior"]).strip().lower()
        value.prompt_login = PROMPTS.get(word, facts_pb2.PROMPT_LOGIN_UNSPECIFIED)
    for field, name, _ in _SIGNING:
        if row.get(name) and not value.HasField(field):  # type: ignore[arg-type]  # one of the two summaries
            getattr(value, field).CopyFrom(signing(row[name], keep))


def _property(row: Located, found: Domains, keep: Keep) -> None:
    """Take the tenant's own row: the other one is what AD FS itself has."""
    if not text(row.get("Source")).lower().startswith("microsoft office 365"):
        return
    value = _named(row, found)
    for field, _, name in _SIGNING:
        shown = row.get(name)
        sha1 = thumbprint(text(shown.get("Thumbprint"))) if isinstance(shown, Located) else ""
        held = getattr(value, field)
        if shown and not held.sha1:
            told = _of_thumbprint(shown, sha1) if isinstance(shown, Located) and sha1 else signing(shown, keep)
            held.CopyFrom(told)


def _of_thumbprint(shown: Located, sha1: str) -> facts_pb2.CertificateSummary:
    return facts_pb2.CertificateSummary(
        sha1=sha1,
        subject=windows_name(text(shown.get("Subject"))),
        issuer=windows_name(text(shown.get("Issuer"))),
        serial_number=text(shown.get("SerialNumber")).lower().lstrip("0"),
    )


def signing(value: Json, keep: Keep) -> facts_pb2.CertificateSummary:
    """Return what a certificate in base64 says of itself; one that is cut has no thumbprint that is its own."""
    der = raw(value)
    if not looks_like_certificate(der) or der is None:
        return facts_pb2.CertificateSummary(parse_error="not base64 of a certificate")
    if len(der) < announced(der):
        return facts_pb2.CertificateSummary(parse_error="the certificate breaks off")
    return certificate_summary(der, keep)
