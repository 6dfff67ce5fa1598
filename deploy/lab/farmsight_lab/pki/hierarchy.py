"""Who certifies whom in the lab, made once and kept on disk: keys cost time, CRLs are signed anew.

Contoso Root CA (EC)
  Contoso Policy CA (EC)
    Contoso Issuing CA 1 (RSA)   alice
    Contoso Issuing CA 2 (EC)    bob
  Contoso Server CA (EC)         sts.contoso.test (RSA)
ADFS ProxyTrust - WAP01/02, ADFS Signing, ADFS Encryption: they sign themselves
Fabrikam Root CA (EC): somebody else's, for what does not belong
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from farmsight_lab.names import CERTAUTH, DOMAIN, FEDERATION_SERVICE, PKI_URL
from farmsight_lab.pki.certificates import (
    CLIENT_USES,
    SERVER_USES,
    Issued,
    Pointers,
    Request,
    issue,
    user_names,
)
from farmsight_lab.pki.keys import Keys

FORM: Final = "4"  # raise when the table below changes: what is on disk is then made anew
CA_AGE_DAYS: Final = 400  # when the hierarchy is made
KEEP_LEFT: Final = timedelta(days=60)  # make anew what is valid for less than this

# Lab name of a CA -> the stem of its files on the CDP host.
FILES: Final = {
    "root": "ContosoRootCA",
    "policy": "ContosoPolicyCA",
    "issuing-1": "ContosoIssuingCA1",
    "issuing-2": "ContosoIssuingCA2",
    "server-ca": "ContosoServerCA",
    "issuing-1-new-key": "ContosoIssuingCA1(1)",  # as AD CS names what a renewed CA publishes
}
WITH_DELTA: Final = ("issuing-1", "issuing-2")
USERS: Final = {"alice": "issuing-1", "bob": "issuing-2"}  # and who certifies them
OCSP_PATHS: Final = {"issuing-1": "/ocsp/1", "issuing-2": "/ocsp/2"}


def crl_path(ca: str) -> str:
    """Return the path of a CA's base CRL on the CDP host."""
    return f"/cdp/{FILES[ca]}.crl"


def delta_path(ca: str) -> str:
    """Return the path of a CA's delta CRL; the plus sign is what AD CS writes."""
    return f"/cdp/{FILES[ca]}+.crl"


def aia_path(ca: str) -> str:
    """Return the path of a CA's certificate on the CDP host."""
    return f"/aia/{FILES[ca]}.crt"


@dataclass(frozen=True, kw_only=True)
class Pki:
    """Every certificate of the lab by its lab name."""

    issued: Mapping[str, Issued]

    def __getitem__(self, name: str) -> Issued:
        """Return a certificate by lab name; raises KeyError."""
        return self.issued[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the lab names."""
        return tuple(self.issued)


def _pointers(ca: str) -> Pointers:
    return Pointers(
        crl=(PKI_URL + crl_path(ca),),
        issuer=(PKI_URL + aia_path(ca),),
        ocsp=(PKI_URL + OCSP_PATHS[ca],) if ca in OCSP_PATHS else (),
    )


def _users() -> Iterator[tuple[str, str | None, Request]]:
    for number, (user, ca) in enumerate(USERS.items(), 1601):
        yield (
            f"user-{user}",
            ca,
            Request(
                common_name=user.capitalize(),
                days=365,
                uses=CLIENT_USES,
                account_sid=f"S-1-5-21-1004336348-1177238915-682003330-{number}",
                alternative_names=user_names(f"{user}@{DOMAIN}", f"{user}@{DOMAIN}"),
                pointers=_pointers(ca),
            ),
        )


def _farm() -> Iterator[tuple[str, str | None, Request]]:
    names = (FEDERATION_SERVICE, CERTAUTH, f"enterpriseregistration.{DOMAIN}")
    tls = Request(
        common_name=FEDERATION_SERVICE,
        days=300,
        rsa_key=True,
        uses=SERVER_USES,
        alternative_names=tuple(x509.DNSName(name) for name in names),
        pointers=_pointers("server-ca"),
    )
    yield "farm-tls", "server-ca", tls
    yield "other-tls", "server-ca", tls
    yield "expired-tls", "server-ca", replace(tls, days=-3, age_days=400)
    only = tuple(x509.DNSName(name) for name in names[:1])
    yield "plain-tls", "server-ca", replace(tls, alternative_names=only)
    for name, common_name in (
        ("signing", f"ADFS Signing - {FEDERATION_SERVICE}"),
        ("next-signing", f"ADFS Signing - {FEDERATION_SERVICE}"),
        ("decrypting", f"ADFS Encryption - {FEDERATION_SERVICE}"),
    ):
        yield name, None, Request(common_name=common_name, days=300, rsa_key=name == "signing")
    for wap in ("WAP01", "WAP02"):
        common_name = f"ADFS ProxyTrust - {wap}"
        uses = (ExtendedKeyUsageOID.CLIENT_AUTH,)
        yield f"trust-{wap}", None, Request(common_name=common_name, days=15, uses=uses, age_days=5)


def _odd() -> Iterator[tuple[str, str | None, Request]]:
    """Yield what only faults put to use: other makes of a CA's and of a user's certificate, and what ends soon."""
    ca = Request(
        common_name="Contoso Issuing CA 1",
        days=1800,
        path_length=0,
        rsa_key=True,
        pointers=_pointers("policy"),
        age_days=400,
        key_of="issuing-1",
    )
    yield "issuing-1-expired", "policy", replace(ca, days=-2)
    yield "issuing-1-narrow", "policy", replace(ca, uses=SERVER_USES)
    yield "issuing-1-constrained", "policy", replace(ca, permitted_domain="fabrikam.test")
    yield "issuing-1-new-key", "policy", replace(ca, key_of="", age_days=10)
    alice = Request(
        common_name="Alice",
        days=365,
        uses=CLIENT_USES,
        account_sid="S-1-5-21-1004336348-1177238915-682003330-1601",
        alternative_names=user_names(f"alice@{DOMAIN}", f"alice@{DOMAIN}"),
        pointers=_pointers("issuing-1"),
    )
    yield "alice-expired", "issuing-1", replace(alice, days=-1, age_days=366)
    yield "alice-for-servers", "issuing-1", replace(alice, uses=SERVER_USES)
    yield "alice-unnamed", "issuing-1", replace(alice, alternative_names=())
    elsewhere = user_names("alice@fabrikam.test", "alice@fabrikam.test")
    yield "alice-elsewhere", "issuing-1", replace(alice, alternative_names=elsewhere)
    yield "alice-of-new-key", "issuing-1-new-key", replace(alice, pointers=_pointers("issuing-1-new-key"))
    yield "old-signing", None, Request(common_name=f"ADFS Signing - {FEDERATION_SERVICE}", days=6, age_days=359)
    uses = (ExtendedKeyUsageOID.CLIENT_AUTH,)
    third = Request(common_name="ADFS ProxyTrust - WAP03", days=15, uses=uses, age_days=5)
    yield "trust-WAP03", None, third  # of a farm with one proxy more
    yield "trust-expired", None, Request(common_name="ADFS ProxyTrust - WAP01", days=-1, uses=uses, age_days=21)


def _table() -> Iterator[tuple[str, str | None, Request]]:
    def ca(common_name: str, length: int, days: int, parent: str | None, *, rsa_key: bool = False) -> Request:
        pointers = _pointers(parent) if parent else Pointers()
        return Request(
            common_name=common_name,
            days=days,
            path_length=length,
            rsa_key=rsa_key,
            pointers=pointers,
            age_days=CA_AGE_DAYS,
        )

    yield "root", None, ca("Contoso Root CA", -1, 7000, None)
    yield "policy", "root", ca("Contoso Policy CA", 1, 3500, "root")
    yield "issuing-1", "policy", ca("Contoso Issuing CA 1", 0, 1800, "policy", rsa_key=True)
    yield "issuing-2", "policy", ca("Contoso Issuing CA 2", 0, 1800, "policy")
    yield "server-ca", "root", ca("Contoso Server CA", 0, 1800, "root")
    yield "stranger", None, ca("Fabrikam Root CA", -1, 3500, None)
    for name in OCSP_PATHS:
        uses = (ExtendedKeyUsageOID.OCSP_SIGNING,)
        request = Request(common_name=f"Contoso OCSP {name[-1]}", days=90, uses=uses, age_days=1)
        yield f"ocsp-{name}", name, request
    yield from _farm()
    yield from _users()
    yield from _odd()


def make(now: datetime, seed: int | None = None) -> Pki:
    """Make the whole hierarchy anew; with a seed it is the same each time, at the same instant."""
    issued: dict[str, Issued] = {}
    keys = Keys(seed)
    for name, issuer, request in _table():
        key = issued[request.key_of].key if request.key_of else None
        issued[name] = issue(name, request, issued[issuer] if issuer else None, now, keys, key)
    return Pki(issued=issued)


def age_days(pki: Pki, now: datetime) -> int:
    """Return how many whole days ago the hierarchy was made; none for one that is yet to be."""
    made = pki["root"].certificate.not_valid_before_utc + timedelta(days=CA_AGE_DAYS)
    return max(0, (now - made) // timedelta(days=1))


def renewed(pki: Pki, names: Collection[str], now: datetime) -> Pki:
    """Return the hierarchy with some certificates issued anew, each with a new key."""
    issued, keys = dict(pki.issued), Keys()
    for name, issuer, request in _table():
        if name in names:
            issued[name] = issue(name, request, issued[issuer] if issuer else None, now, keys)
    return Pki(issued=issued)


def load_or_make(folder: Path, now: datetime) -> Pki:
    """Return the hierarchy kept in this folder, or make it and keep it there."""
    kept = _load(folder, now)
    if kept is not None:
        return kept
    made = make(now)
    _save(folder, made)
    return made


def _save(folder: Path, pki: Pki) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "form").unlink(missing_ok=True)
    for name, issued in pki.issued.items():
        (folder / f"{name}.pem").write_bytes(issued.pem)
        (folder / f"{name}.key").write_bytes(issued.key_pem)
    # Written last: a folder without it is one that was not finished.
    (folder / "form").write_text(FORM, encoding="ascii")


def _load(folder: Path, now: datetime) -> Pki | None:
    form = folder / "form"
    if not form.is_file() or form.read_text(encoding="ascii") != FORM:
        return None
    issued = {}
    with contextlib.suppress(OSError, ValueError):
        for name, _, request in _table():
            certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
            left = certificate.not_valid_after_utc - now
            if left < min(KEEP_LEFT, timedelta(days=request.days * 0.7)) and request.days > 0:
                return None
            key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), password=None)
            issued[name] = Issued(certificate=certificate, key=key)  # type: ignore[arg-type] # our own
        return Pki(issued=issued)
    return None
