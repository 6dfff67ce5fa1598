"""What Windows would have printed on a stranger's servers, written by hand."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tests.fakes.stranger_pki import Made

if TYPE_CHECKING:
    from tests.fakes.stranger_farm import Binding, Fetch, Verification

_BITS = {0x1: "CERT_TRUST_IS_NOT_TIME_VALID", 0x4: "CERT_TRUST_IS_REVOKED", 0x10: "CERT_TRUST_IS_NOT_VALID_FOR_USAGE"}
_BITS |= {0x20: "CERT_TRUST_IS_UNTRUSTED_ROOT", 0x40: "CERT_TRUST_REVOCATION_STATUS_UNKNOWN"}
_BITS |= {0x10000: "CERT_TRUST_IS_PARTIAL_CHAIN", 0x1000000: "CERT_TRUST_IS_OFFLINE_REVOCATION"}
_TITLES = {"ROOT": "Trusted Root Certification Authorities", "CA": "Intermediate Certification Authorities"}
_TITLES |= {"MY": "Personal", "ADFSCLIENT": "adfsclient"}
SERIAL = "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"
ISSUER = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"
OFFLINE = "The revocation function was unable to check revocation because the revocation server was offline."


def instant(when: datetime) -> str:
    """Return an instant as an English console prints it."""
    return f"{when.month}/{when.day}/{when.year} {when.hour % 12 or 12}:{when:%M} {'AM' if when.hour < 12 else 'PM'}"


def urlacl(urls: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Yield `netsh http show urlacl`."""
    yield from ("", "URL Reservations: ", "----------------- ", "")
    for url, who, sddl in urls:
        yield f"    Reserved URL            : {url} "
        yield f"        User: {who}"
        yield "            Listen: Yes"
        yield f"            Delegate: {'Yes' if ';GA;' in sddl else 'No'}"
        yield f"            SDDL: {sddl} "
        yield ""


def sslcert(bindings: Iterable["Binding"], newer: int) -> Iterator[str]:
    """Yield `netsh http show sslcert` with so many of the newer Windows versions' rows."""
    yield from ("", "SSL Certificate bindings: ", "------------------------- ", "")
    for one in bindings:
        yield from one.lines(newer)


def store(name: str, held: Sequence[Made]) -> Iterator[str]:
    """Yield `certutil -store NAME`."""
    yield f'{name.lower()} "{_TITLES[name]}"'
    for number, one in enumerate(held):
        own = one.certificate.subject == one.certificate.issuer
        yield f"================ Certificate {number} ================"
        yield f"Serial Number: {one.serial}"
        yield f"Issuer: {one.issued_by}"
        yield f" NotBefore: {instant(one.certificate.not_valid_before_utc)}"
        yield f" NotAfter: {instant(one.certificate.not_valid_after_utc)}"
        yield f"Subject: {one.subject}"
        yield from (
            ["Signature matches Public Key", "Root Certificate: Subject matches Issuer"]
            if own
            else ["Non-root Certificate"]
        )
        yield f"Cert Hash(sha1): {one.sha1}"
        if name == "MY":
            yield "  Key Container = tq-4f1f"
            yield "  Provider = Microsoft Software Key Storage Provider"
            yield from ("Private key is NOT exportable", "Encryption test passed", "")
        else:
            yield from (
                "No key provider information",
                "Cannot find the certificate and private key for decryption.",
                "",
            )
    yield "CertUtil: -store command completed successfully."


def verify(said: "Verification") -> Iterator[str]:
    """Yield `certutil -f -urlfetch -verify FILE`."""
    leaf = said.chain[0]
    for label, name in (("Issuer", leaf.issued_by), ("Subject", leaf.subject)):
        yield f"{label}:"
        yield from (f"    {part}" for part in name.split(", "))
        yield "  Name Hash(sha1): 11b88de194daf1aa86ad8181262f59e944da9b01"
        yield "  Name Hash(md5): 10f669401ff14aa501f6c1828b54e88e"
    yield from (f"Cert Serial Number: {leaf.serial}", "")
    yield "dwFlags = CA_VERIFY_FLAGS_CONSOLE_TRACE (0x20000000)"
    yield "dwFlags = CA_VERIFY_FLAGS_DUMP_CHAIN (0x40000000)"
    yield "ChainFlags = CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT (0x40000000)"
    yield from ("HCCE_LOCAL_MACHINE", "CERT_CHAIN_POLICY_BASE", "-------- CERT_CHAIN_CONTEXT --------")
    every = 0
    for bits in said.errors:
        every |= bits
    for level in ("ChainContext", "SimpleChain"):
        yield f"{level}.dwInfoStatus = CERT_TRUST_HAS_PREFERRED_ISSUER (0x100)"
        yield from _errors(level, every)
        yield ""
    for place, one in enumerate(said.chain):
        yield from _element(place, one, said.fetches[place], said.errors[place], said.responders)
    yield from ("Exclude leaf cert:", "  Chain: 244f6db9e409fdb42d6fa76e54a2c1df579cdf29")
    yield from ("Full chain:", "  Chain: 4fb3f9e63c7c89d465f89efddb216c597a0a4ab3")
    yield from _tail(said, leaf, every)


def _errors(level: str, bits: int) -> Iterator[str]:
    for bit, word in _BITS.items():
        if bits & bit:
            yield f"{level}.dwErrorStatus = {word} (0x{bit:x})"


def _element(place: int, one: Made, fetches: Sequence["Fetch"], errors: int, failed: str) -> Iterator[str]:
    own = one.certificate.subject == one.certificate.issuer
    yield f"CertContext[0][{place}]: dwInfoStatus={'10c' if own else '102'} dwErrorStatus={errors:x}"
    yield f"  Issuer: {one.issued_by}"
    yield f"  NotBefore: {instant(one.certificate.not_valid_before_utc)}"
    yield f"  NotAfter: {instant(one.certificate.not_valid_after_utc)}"
    yield f"  Subject: {one.subject}"
    yield f"  Serial: {one.serial}"
    yield f"  Cert: {one.sha1}"
    word = "NAME_MATCH_ISSUER (0x4)" if own else "KEY_MATCH_ISSUER (0x2)"
    yield f"  Element.dwInfoStatus = CERT_TRUST_HAS_{word}"
    if own:
        yield "  Element.dwInfoStatus = CERT_TRUST_IS_SELF_SIGNED (0x8)"
    yield "  Element.dwInfoStatus = CERT_TRUST_HAS_PREFERRED_ISSUER (0x100)"
    yield from _errors("  Element", errors)
    yield "  ----------------  Certificate AIA  ----------------"
    for at, url in enumerate(one.aia):
        yield f'  Verified "Certificate (0)" Time: 0 {one.issuer.sha1 if one.issuer else one.sha1}'
        yield from (f"    [{at}.0] {url}", "")
    if not one.aia:
        yield '  No URLs "None" Time: 0 (null)'
    yield "  ----------------  Certificate CDP  ----------------"
    deltas = [fetch for fetch in fetches if fetch.delta]
    for at, fetch in enumerate(one for one in fetches if not one.delta):
        yield from _fetched(at, fetch)
    if not fetches:
        yield '  No URLs "None" Time: 0 (null)'
    yield "  ----------------  Base CRL CDP  ----------------"
    for at, fetch in enumerate(deltas):
        yield from _fetched(at, fetch)
    if not deltas:
        yield '  No URLs "None" Time: 0 (null)'
    yield "  ----------------  Certificate OCSP  ----------------"
    for url in one.ocsp if failed else ():
        yield from ('  Failed "OCSP" Time: 0 (null)', f"    Error retrieving URL: {failed}", f"    {url}", "")
    for at, url in enumerate(() if failed else one.ocsp):
        yield from ('  Verified "OCSP" Time: 0 18a907c65219b340f93a826554ac720a4fbe1712', f"    [{at}.0] {url}", "")
    if not one.ocsp:
        yield '  No URLs "None" Time: 0 (null)'
    yield "  --------------------------------"
    good = next((fetch for fetch in fetches if not fetch.error and not fetch.delta), None)
    if good:
        yield f"    CRL {good.number}:"
        yield f"    Issuer: {one.issued_by}"
        yield f"    ThisUpdate: {instant(good.begins)}"
        yield f"    NextUpdate: {instant(good.ends)}"
        yield "    CRL: 09187f69d1c7fb747aa637809d86e08d1ff48bc7"
    if not one.is_ca:
        yield "  Application[0] = 1.3.6.1.5.5.7.3.2 Client Authentication"
    yield ""


def _fetched(at: int, fetch: "Fetch") -> Iterator[str]:
    kind = "Delta CRL" if fetch.delta else "Base CRL"
    if fetch.error:
        yield '  Failed "CDP" Time: 0 (null)'
        yield from (f"    Error retrieving URL: {fetch.error}", f"    {fetch.url}", "")
        return
    word = fetch.word or ("OK" if fetch.delta else "Verified")
    yield f'  {word} "{kind} ({fetch.number})" Time: 0 09187f69d1c7fb747aa637809d86e08d1ff48bc7'
    yield from (f"    [{at}.0] {fetch.url}", "")


def _tail(said: "Verification", leaf: Made, every: int) -> Iterator[str]:
    yield "------------------------------------"
    if every & 0x20:
        yield "Verifies against UNTRUSTED root"
    yield "Verified Issuance Policies: None"
    if leaf.is_ca:
        yield "Verified Application Policies: All"
        yield "Cert is a CA certificate"
    else:
        yield from ("Verified Application Policies:", "    1.3.6.1.5.5.7.3.2 Client Authentication")
        yield "Cert is an End Entity certificate"
    if said.offline:
        number = "0x80092013 (-2146885613 CRYPT_E_REVOCATION_OFFLINE)"
        yield f"ERROR: Verifying leaf certificate revocation status returned {OFFLINE} {number}"
        yield f"CertUtil: {OFFLINE}"
        yield ""
    else:
        yield "Leaf certificate revocation check passed"
    yield "CertUtil: -verify command completed successfully."


def listing(*records: Mapping[str, str]) -> str:
    """Return objects as PowerShell's list layout prints them; a value may have several lines."""
    out = [""]
    for record in records:
        wide = max(len(name) for name in record)
        for name, value in record.items():
            first, *more = value.split("\n")
            out.append(f"{name:<{wide}} : {first}".rstrip() if not first else f"{name:<{wide}} : {first}")
            out += [" " * (wide + 3) + line for line in more]
        out.append("")
    return "\n".join([*out, ""])


def rules(*claims: str) -> str:
    """Return pass-through rules as Get-Adfs*Trust holds them."""
    made = [f'@RuleName = "r{n}"\nc:[Type == "{claim}"]\n => issue(claim = c);\n' for n, claim in enumerate(claims)]
    return "\n".join(made)


def ca_object(one: Made, *, url: str | None, root: bool) -> dict[str, object]:
    """Return a CA as Graph's certificateBasedAuthConfiguration gives it."""
    return {
        "isRootAuthority": root,
        "certificateRevocationListUrl": url,
        "deltaCertificateRevocationListUrl": None,
        "certificate": base64.b64encode(one.der).decode(),
        "issuer": one.issued_by.replace(", ", ","),
        "issuerSki": one.ski.upper(),
    }
