"""Farms as a folder by the article shows them: names, thumbprints and words, and no certificate's bytes.

folder = Folder()                                  # 2 AD FS, 2 WAP, captured by the article: healthy
folder.unlist("WAP01", "ROOT", ROOT)               # the fault
assert causes(folder) == [("store.root-ca-missing", ("WAP01",), ())]
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from farmsight_collector.correlate.causes import fold
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import Evaluation, Finding, evaluate
from farmsight_collector.rules.rule import Severity
from farmsight_wire.v1 import facts_pb2 as pb
from farmsight_wire.v1.vocabulary import KIND_BY_FIELD, PURPOSE_NAMES
from tests.fakes import adfs_farms
from tests.fakes.farms import FARM, NOW, fact, farm, server

NODES, WAPS = ("STS01", "STS02"), ("WAP01", "WAP02")
ROLES = {**dict.fromkeys(NODES, "adfs"), **dict.fromkeys(WAPS, "wap")}
CONTEXTS = {"adfs": ("system", "adfs-service"), "wap": ("system", "network-service")}
CAPTURES = {
    **{("certificate-stores", store, None): "store-certificate" for store in ("ROOT", "CA", "MY")},
    **{("http-sys", part, None): part for part in ("url-reservation", "tls-binding")},
}
CLIENT_AUTH, SERVER_AUTH = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"
YES, NO = pb.TRISTATE_YES, pb.TRISTATE_NO

CA_CRL = "http://pki.contoso.com/issuing.crl"
DELTA = "http://pki.contoso.com/issuing+.crl"
ROOT_CRL = "http://pki.contoso.com/root.crl"
AIA = "http://pki.contoso.com/root.crt"
LDAP = "ldap:///CN=issuing,CN=CDP,DC=contoso,DC=com?certificateRevocationList"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A certificate of which a listing tells."""

    name: str
    issuer: str
    serial: str = "01"
    begins: datetime = NOW - timedelta(days=400)
    ends: datetime = NOW + timedelta(days=3000)
    thumbprint: str = ""

    @property
    def sha1(self) -> str:
        return self.thumbprint or hashlib.sha1(f"{self.name}|{self.issuer}|{self.serial}".encode()).hexdigest()

    @property
    def subject(self) -> str:
        return f"CN={self.name},DC=contoso,DC=com"

    def summary(self, *, dates: bool = True) -> pb.CertificateSummary:
        made = pb.CertificateSummary(
            sha1=self.sha1,
            subject=self.subject,
            issuer=f"CN={self.issuer},DC=contoso,DC=com",
            serial_number=self.serial,
        )
        if dates:
            made.not_before.FromDatetime(self.begins)
            made.not_after.FromDatetime(self.ends)
        return made


ROOT = Listed(name="Contoso Root CA", issuer="Contoso Root CA")
ISSUING = Listed(name="Contoso Issuing CA 1", issuer="Contoso Root CA")
USER = Listed(name="Ada Lovelace", issuer="Contoso Issuing CA 1", serial="5a")
SSL = Listed(name=FARM, issuer="DigiCert TLS CA", serial="77", ends=NOW + timedelta(days=200))
PUBLIC = Listed(name="DigiCert TLS CA", issuer="DigiCert Global Root G2", serial="0c")
PUBLIC_ROOT = Listed(
    name="DigiCert Global Root G2",
    issuer="DigiCert Global Root G2",
    thumbprint="df3c24f9bfd666761b268073fe06d1cc8d4f82a4",
)
AGENCY = Listed(name="Root Agency", issuer="Root Agency", thumbprint="fee449ee0e3965a5246f000e87fde2a065fd89d4")


def stored(store: str, one: Listed, *, dates: bool = True) -> pb.Fact:
    """Return a line of a store's listing."""
    value = pb.StoreCertificate(
        store=store,
        location=pb.STORE_LOCATION_LOCAL_MACHINE,
        origin=pb.STORE_ORIGIN_UNKNOWN,
        certificate=one.summary(dates=dates),
    )
    return fact(value, f"{store}/{one.sha1}")


def verdict(
    *chain: Listed,
    context: str | None = "system",
    errors: Mapping[Listed, int] | None = None,
    revocation_error: str = "",
    policies: Iterable[str] = (CLIENT_AUTH,),
    ca: bool = False,
    dates: bool = True,
    **fields: object,
) -> pb.Fact:
    """Return what certutil -verify said of a chain, leaf first; `errors` are bits by element."""
    made = pb.ChainVerdict(machine_engine=YES, leaf_is_ca=YES if ca else NO, revocation_error=revocation_error)
    for one in chain:
        bits = (errors or {}).get(one, 0)
        info = 0x10C if one.name == one.issuer else 0x102
        made.elements.add(certificate=one.summary(dates=dates), error_status=bits, info_status=info)
        made.error_status |= bits
    made.revocation_checked = NO if revocation_error or made.error_status & 0x1000040 else YES
    made.application_policies.extend(policies)
    made.all_application_policies = ca and not tuple(policies)
    for name, value in fields.items():
        setattr(made, name, value)
    return fact(made, chain[0].sha1, context)


def tried(
    url: str,
    named_by: Listed,
    *,
    context: str = "system",
    purpose: str = "crl",
    issuer: Listed | None = None,
    outcome: str = "OK",
    word: str = "",
    error: str = "",
    number: str = "0a",
    begins: timedelta = timedelta(days=-1),
    ends: timedelta | None = timedelta(days=6),
    took: str = "UNDER_1_S",
    position: int = 0,
    **fields: object,
) -> pb.Fact:
    """Return what certutil -urlfetch said of one URL; `ends=None`: it told no dates."""
    code = next(value for value, name in PURPOSE_NAMES.items() if name == purpose)
    came = outcome in ("OK", "UNKNOWN")
    made = pb.Retrieval(
        purpose=code,
        url=url,
        outcome=pb.RetrievalOutcome.Value(f"RETRIEVAL_OUTCOME_{outcome}"),
        platform_word=word or ("Verified" if came else "Failed"),
        platform_error=error,
        named_by=[named_by.sha1],
        expected_issuer_sha1=issuer.sha1 if issuer else "",
        took=pb.DurationClass.Value(f"DURATION_CLASS_{took}"),
        position=position,
        dates_seen=came and ends is not None,
        **fields,  # type: ignore[arg-type]
    )
    if came and purpose in ("crl", "delta"):
        made.crl.number = number
        if issuer:
            made.crl.issuer = issuer.subject
        if ends is not None:
            made.crl.this_update.FromDatetime(NOW + begins)
            made.crl.next_update.FromDatetime(NOW + ends)
    return fact(made, f"{purpose} {url}", context)


def tenant(one: Listed, key: str, *, root: bool = False) -> pb.Fact:
    """Return what a tenant's list as text tells of a CA: a name and a key identifier, and no thumbprint."""
    made = pb.EntraAuthority(
        entra_store=pb.ENTRA_STORE_CLASSIC,
        root=YES if root else NO,
        certificate=pb.CertificateSummary(issuer=one.subject, subject_key_identifier=key),
        crl_url=ROOT_CRL if root else CA_CRL,
    )
    return fact(made, f"ski:{key}")


def fetches(context: str) -> list[pb.Fact]:
    """Return what is fetched for a user's certificate and its CA where all is well."""
    return [
        tried(CA_CRL, USER, context=context, issuer=ISSUING),
        tried(DELTA, USER, context=context, purpose="delta", issuer=ISSUING, number="0b"),
        tried(ROOT_CRL, ISSUING, context=context, issuer=ROOT),
        tried(AIA, ISSUING, context=context, purpose="aia"),
    ]


def verdicts(context: str, **changed: object) -> list[pb.Fact]:
    """Return the verdicts on both certificates that the article has verified.

    What keeps the user's own status from being learned says nothing of the CA's, whose CRL is another.
    """
    of_ca = dict(changed)
    errors = changed.get("errors")
    if isinstance(errors, dict) and errors and not {ISSUING, ROOT} & set(errors):
        of_ca.pop("revocation_error", None)
    return [
        verdict(USER, ISSUING, ROOT, context=context, **changed),  # type: ignore[arg-type]
        verdict(ISSUING, ROOT, context=context, ca=True, policies=(), **of_ca),  # type: ignore[arg-type]
    ]


@dataclass
class Folder:
    """The evidence of a farm, until a test plants its fault."""

    roles: dict[str, str] = field(default_factory=lambda: dict(ROLES))
    mode: str = "classic"
    verified: bool = True  # the article's step with certutil -verify was done
    facts: dict[str, dict[tuple[str, str | None, str], pb.Fact]] = field(default_factory=dict)
    looked: dict[str, set[tuple[str, str, str | None]]] = field(default_factory=dict)
    name: str = FARM
    at: datetime = NOW
    blobs: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, role in self.roles.items():
            self._reservations(name)
            self._bindings(name, role)
            for one in (ROOT, PUBLIC_ROOT):
                self.put(name, stored("ROOT", one))
            for one in (ISSUING, PUBLIC, AGENCY):
                self.put(name, stored("CA", one))
            self.put(name, stored("MY", SSL))
            for context in CONTEXTS[role] if self.verified else ():
                self.put(name, *fetches(context), *verdicts(context))
        node = next((n for n, r in self.roles.items() if r == "adfs"), None)
        if node is not None:
            self._configuration(node)

    def _reservations(self, name: str) -> None:
        for port in (443, 49443):  # the second stays reserved whatever the mode
            url = f"https://+:{port}/adfs/"
            self.put(name, fact(adfs_farms.reservation(url), url))

    def _bindings(self, name: str, role: str) -> None:
        places = [(FARM, 443), (FARM, 49443) if self.mode == "classic" else (f"certauth.{FARM}", 443)]
        for host, port in places + ([("localhost", 443)] if role == "adfs" else []):
            self.bind(name, host, port)

    def bind(self, name: str, host: str, port: int, **changed: object) -> "Folder":
        """Add a binding as AD FS makes it."""
        value = adfs_farms.binding(host, port, certificate_sha1=SSL.sha1, **changed)
        return self.put(name, fact(value, f"{host}:{port}"))

    def _configuration(self, name: str) -> None:
        both = {"primary_extranet": YES, "primary_intranet": YES, "additional": YES}
        provider = pb.AdfsAuthenticationProvider(name="CertificateAuthentication", **both)
        self.put(name, fact(provider, provider.name))
        for kind, identifier, trust in (
            (pb.TRUST_KIND_CLAIMS_PROVIDER, "AD AUTHORITY", "Active Directory"),
            (pb.TRUST_KIND_RELYING_PARTY, "urn:federation:MicrosoftOnline", "Microsoft Office 365 Identity Platform"),
        ):
            provided = kind == pb.TRUST_KIND_CLAIMS_PROVIDER
            value = pb.AdfsTrust(trust_kind=kind, identifier=identifier, name=trust, enabled=YES)
            value.acceptance_rules_seen, value.issuance_rules_seen = provided, not provided
            if provided:
                value.acceptance_transform_rules = adfs_farms.RULES_TEXT
            else:
                value.issuance_transform_rules = adfs_farms.RULES_TEXT
            self.put(name, fact(value, identifier))

    def put(self, name: str, *facts: pb.Fact) -> "Folder":
        """Add facts, or replace those with the same kind, context and key."""
        for one in facts:
            kind = KIND_BY_FIELD[one.WhichOneof("value") or ""]
            self.facts.setdefault(name, {})[kind.name, _context(one), one.key] = one
        return self

    def put_all(self, *facts: pb.Fact, role: str = "") -> "Folder":
        """Add facts to every server (of a role)."""
        for name, its in self.roles.items():
            if role in ("", its):
                self.put(name, *facts)
        return self

    def unlist(self, names: str | Iterable[str], store: str, *gone: Listed) -> "Folder":
        """Take certificates out of a store's listing."""
        for name in (names,) if isinstance(names, str) else names:
            for one in gone:
                self.facts[name].pop(("store-certificate", None, f"{store}/{one.sha1}"), None)
        return self

    def drop(self, names: str | Iterable[str], kind: str, key: str | None = None) -> "Folder":
        """Take facts out of captures that are there: looked, and not found."""
        for name in (names,) if isinstance(names, str) else names:
            for place in [p for p in self.facts[name] if p[0] == kind and key in (None, p[2])]:
                del self.facts[name][place]
        return self

    def without(self, names: str | Iterable[str], kind: str) -> "Folder":
        """Take a capture away: nobody looked."""
        self.drop(names, kind)
        for name in (names,) if isinstance(names, str) else names:
            self.looked.setdefault(name, set()).add((kind, "", None))
        return self

    def farm(self) -> Farm:
        """Return the view; what the folder's captures do not speak of is not known."""
        made = []
        for name, role in self.roles.items():
            gone = {kind for kind, _, _ in self.looked.get(name, ())}
            observed = [
                ("certificate-stores", s, None) for s in ("ROOT", "CA", "MY") if "store-certificate" not in gone
            ]
            parts = ("url-reservation", "tls-binding")
            observed += [("http-sys", part, None) for part in parts if part not in gone]
            missing = [("host", "", None), ("listeners", "", None), ("services", "", None), ("schannel", "", None)]
            missing += [("http-sys", part, None) for part in parts if part in gone]
            missing += [("certificate-stores", s, None) for s in ("ROOT", "CA", "MY") if "store-certificate" in gone]
            its = self.facts.get(name, {}).values()
            made.append(server(name, role, *its, observed=observed, unknown=missing))
        return replace(farm(*made, blobs=self.blobs, at=self.at), name=self.name)


def _context(one: pb.Fact) -> str | None:
    name = pb.Context.Name(one.context).removeprefix("CONTEXT_").lower().replace("_", "-")
    return None if name == "unspecified" else name


def each(folder: Folder, *names: str, contexts: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield the servers (all without names) with the accounts (all without contexts) that certutil ran as."""
    for name, role in folder.roles.items():
        for context in CONTEXTS[role]:
            if name in (names or folder.roles) and context in (contexts or CONTEXTS[role]):
                yield name, context


OFFLINE = tuple(rule for rule in RULES if not rule.code.startswith("agent."))


def judged(folder: Folder) -> Evaluation:
    """Return all that the rules say of the folder, symptoms folded; fails when a rule broke."""
    said = fold(evaluate(folder.farm(), OFFLINE))
    broken = [f"{one.code}: {one.verdict.reason}" for one in said.unknown if "the rule failed" in one.verdict.reason]
    assert not broken, broken
    return said


def heavy(folder: Folder) -> list[Finding]:
    """Return the findings at warning or above that nothing else explains."""
    found = judged(folder).findings
    return [one for one in found if one.caused_by is None and one.severity >= Severity.WARNING]


def causes(folder: Folder) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Return code, servers and contexts of the causes at warning or above."""
    return [(one.rule.code, one.servers, one.contexts) for one in heavy(folder)]


def untold(folder: Folder, code: str) -> list[tuple[str | None, str | None]]:
    """Return (server, subject) for which a rule can't tell."""
    return [(one.verdict.server, one.verdict.subject) for one in judged(folder).unknown if one.code == code]
