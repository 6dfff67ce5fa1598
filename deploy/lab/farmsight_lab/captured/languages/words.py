"""The words that differ from language to language, and how a date is written.

Labels bear their own colon, since where it stands and what stands before it
differs too. What certutil prints of a chain is translated only in part (its
`Issuer:`, `NotBefore:`, `CRL 2a:` are the same everywhere), so that is not
here. Words that no real output was seen of are as near as we know them: they
are for readers that must not depend on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class NetshWords:
    """`netsh http show urlacl`, `show sslcert`, `netsh winhttp show proxy`."""

    reservations: str = "URL Reservations:"
    reserved_url: str = "Reserved URL            :"
    user: str = "User:"
    listen: str = "Listen:"
    delegate: str = "Delegate:"
    no_such_sid: str = "Can't lookup sid, Error: 1332"
    yes: str = "Yes"
    no: str = "No"
    bindings: str = "SSL Certificate bindings: "
    by_address: str = "IP:port"
    by_name: str = "Hostname:port"
    # From the certificate's hash to the session id, as the newest Windows has them.
    rows: tuple[str, ...] = (
        "Certificate Hash",
        "Application ID",
        "Certificate Store Name",
        "Verify Client Certificate Revocation",
        "Verify Revocation Using Cached Client Certificate Only",
        "Usage Check",
        "Revocation Freshness Time",
        "URL Retrieval Timeout",
        "Ctl Identifier",
        "Ctl Store Name",
        "DS Mapper Usage",
        "Negotiate Client Certificate",
        "Reject Connections",
        "Disable HTTP2",
        "Disable QUIC",
        "Disable TLS1.2",
        "Disable TLS1.3",
        "Disable OCSP Stapling",
        "Enable Token Binding",
        "Log Extended Events",
        "Disable Legacy TLS Versions",
        "Enable Session Ticket",
        "Disable Session ID",
    )
    enabled: str = "Enabled"
    disabled: str = "Disabled"
    not_set: str = "Not Set"
    proxy: str = "Current WinHTTP proxy settings:"
    direct: str = "Direct access (no proxy server)."
    proxy_server: str = "Proxy Server(s) :"
    bypass: str = "Bypass List     :"
    no_bypass: str = "(none)"


@dataclass(frozen=True, kw_only=True)
class StoreWords:
    """`certutil -verifystore`."""

    stores: Mapping[str, str] = field(
        default_factory=lambda: {
            "root": "Trusted Root Certification Authorities",
            "ca": "Intermediate Certification Authorities",
            "my": "Personal",
        }
    )
    certificate: str = "Certificate"
    serial: str = "Serial Number:"
    issuer: str = "Issuer:"
    not_before: str = "NotBefore:"
    not_after: str = "NotAfter:"
    subject: str = "Subject:"
    signature: str = "Signature matches Public Key"
    root: str = "Root Certificate: Subject matches Issuer"
    not_root: str = "Non-root Certificate"
    hash: str = "Cert Hash(sha1):"
    container: str = "Key Container ="
    unique: str = "Unique container name:"
    provider: str = "Provider ="
    tested: str = "Encryption test passed"
    no_provider: str = "No key provider information"
    no_key: str = "Cannot find the certificate and private key for decryption."
    valid: str = "Certificate is valid"
    done: str = "CertUtil: -{verb} command completed successfully."


@dataclass(frozen=True, kw_only=True)
class VerifyWords:
    """`certutil -verify -urlfetch`."""

    issuer: str = "Issuer:"
    subject: str = "Subject:"
    serial: str = "Cert Serial Number:"
    name_hash: str = "Name Hash({algorithm}):"
    aia: str = "Certificate AIA"
    cdp: str = "Certificate CDP"
    base_cdp: str = "Base CRL CDP"
    ocsp: str = "Certificate OCSP"
    time: str = "Time:"
    retrieving: str = "Error retrieving URL:"
    # By the names that `retrieval` and `revocation` give them.
    statuses: Mapping[str, str] = field(
        default_factory=lambda: {
            "verified": "Verified",
            "ok": "OK",
            "expired": "Expired",
            "failed": "Failed",
            "no-urls": "No URLs",
            "wrong-issuer": "Wrong Issuer",
            "bad-signature": "Bad Signature",
            "unverified": "Unverified",
            "old-base": "Old Base CRL",
        }
    )
    certificate: str = "Certificate"
    base_crl: str = "Base CRL"
    delta_crl: str = "Delta CRL"
    none: str = "None"
    all: str = "All"
    issuance_policies: str = "Verified Issuance Policies:"
    application_policies: str = "Verified Application Policies:"
    is_ca: str = "Cert is a CA certificate"
    is_end_entity: str = "Cert is an End Entity certificate"
    leaf_passed: str = "Leaf certificate revocation check passed"
    leaf_error: str = "ERROR: Verifying leaf certificate revocation status returned"
    leaf_revoked: str = "Leaf certificate is REVOKED (Reason=0)"
    revoked: str = "Certificate is REVOKED"
    untrusted: str = "Verifies against UNTRUSTED root"
    incomplete: str = "Incomplete certificate chain"
    not_found: str = "Cannot find certificate:"
    skipped: str = "Revocation check skipped -- server offline"
    expired: str = "Expired certificate"
    uses: Mapping[str, str] = field(
        default_factory=lambda: {
            "1.3.6.1.5.5.7.3.1": "Server Authentication",
            "1.3.6.1.5.5.7.3.2": "Client Authentication",
            "1.3.6.1.4.1.311.20.2.2": "Smart Card Logon",
        }
    )


ENGLISH_MESSAGES = {
    "WIN32 13": "The data is invalid.",
    "WIN32 12002": "The operation timed out",
    "WIN32 12007": "The server name or address could not be resolved",
    "WIN32 12029": "A connection with the server could not be established",
    "WIN32 12030": "The connection with the server was terminated abnormally",
    "HTTP": "{reason} ({status}).",
    "CRYPT_E_REVOKED": "The certificate is revoked.",
    "CRYPT_E_REVOCATION_OFFLINE": "The revocation function was unable to check revocation because the revocation "
    "server was offline.",
    "CERT_E_EXPIRED": "A required certificate is not within its validity period when verifying against the current "
    "system clock or the timestamp in the signed file.",
    "CERT_E_UNTRUSTEDROOT": "A certificate chain processed, but terminated in a root certificate which is not trusted "
    "by the trust provider.",
    "CERT_E_CHAINING": "A certificate chain could not be built to a trusted root authority.",
    "TRUST_E_EXPLICIT_DISTRUST": "The certificate was explicitly marked as untrusted by the user.",
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """One display language: its words, its code pages, and its dates.

    `date` has the fields that `moment` fills: `d m y h mi` as they are,
    `dd mm hh` of two digits, `h12` and `half` of the clock with halves.
    """

    language: str
    oem: str
    ansi: str
    date: str
    time: str = "{hh}:{mi}"
    seconds: str = "{hh}:{mi}:{ss}"
    netsh: NetshWords = NetshWords()
    store: StoreWords = StoreWords()
    verify: VerifyWords = VerifyWords()
    messages: Mapping[str, str] = field(default_factory=lambda: ENGLISH_MESSAGES)

    def moment(self, at: datetime, *, seconds: bool = False) -> str:
        """Return a date and time as this language's region writes it, to the minute or to the second."""
        fields = {
            "d": at.day,
            "dd": f"{at.day:02}",
            "m": at.month,
            "mm": f"{at.month:02}",
            "y": at.year,
            "h": at.hour,
            "hh": f"{at.hour:02}",
            "h12": at.hour % 12 or 12,
            "mi": f"{at.minute:02}",
            "ss": f"{at.second:02}",
            "half": "AM" if at.hour < 12 else "PM",
        }
        return f"{self.date} {self.seconds if seconds else self.time}".format_map(fields)
