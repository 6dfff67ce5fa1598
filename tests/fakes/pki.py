"""CAs, certificates and CRLs made for tests, the facts that hold them, and a farm that is well.

world = World()                                # 2 AD FS, 2 WAP, a root and an issuing CA: healthy
world.take("WAP01", f"CA/{ISSUING.sha1}")      # the fault
assert found(RULE, world) == [(ISSUING.subject, ("WAP01",), (), "critical")]
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.engine import Evaluation, evaluate
from farmsight_collector.rules.rule import Rule
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_FIELD, PURPOSE_NAMES, part_of
from tests.fakes.farms import NOW, fact, farm, server

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
URL = "http://pki.contoso.com/root.crl"
MIRROR = "http://mirror.contoso.com/root.crl"  # in the certificate, and fetched where a test says so
ISSUING_URL = "http://pki.contoso.com/issuing.crl"
DELTA_URL = "http://pki.contoso.com/issuing+.crl"
_GIVEN = ("given-certificates", "", None)
CONTEXTS = {"adfs": ("system", "adfs-service"), "wap": ("system", "network-service"), "vantage": ("caller",)}


@dataclass(frozen=True, kw_only=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @cached_property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @cached_property
    def sha1(self) -> str:
        return hashlib.sha1(self.der).hexdigest()

    @property
    def subject(self) -> str:
        return self.certificate.subject.rfc4514_string()


def _uris(urls: tuple[str, ...]) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url) for url in urls]


def _points(urls: tuple[str, ...]) -> list[x509.DistributionPoint]:
    return [x509.DistributionPoint(full_name=_uris(urls), relative_name=None, reasons=None, crl_issuer=None)]


def make(
    name: str,
    issuer: Made | None = None,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    begins: datetime = NOW - timedelta(days=400),
    ends: datetime = NOW + timedelta(days=3000),
    ca: bool | None = True,
    path_length: int | None = None,
    usages: tuple[x509.ObjectIdentifier, ...] = (),
    crl_sign: bool = True,
    crls: tuple[str, ...] = (),
    freshest: tuple[str, ...] = (),
    ocsp: tuple[str, ...] = (),
) -> Made:
    """Return a certificate: a root without `issuer`, else signed by it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    parent = issuer.certificate.subject if issuer else subject
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    usage = x509.KeyUsage(True, False, False, False, False, bool(ca), crl_sign and bool(ca), False, False)
    builder = builder.add_extension(usage, critical=True)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if crls:
        builder = builder.add_extension(x509.CRLDistributionPoints(_points(crls)), critical=False)
    if freshest:
        builder = builder.add_extension(x509.FreshestCRL(_points(freshest)), critical=False)
    if ocsp:
        access = [x509.AccessDescription(Access.OCSP, uri) for uri in _uris(ocsp)]
        builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
    return Made(certificate=builder.sign(signer, hashes.SHA256()), key=key)


def extended(
    made: Made,
    issuer: Made,
    *extensions: x509.ExtensionType,
    critical: bool = True,
    without: tuple[type[x509.ExtensionType], ...] = (),
) -> Made:
    """Return the certificate issued again, with more extensions, and without those of these types."""
    old = made.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
    )
    for extension in old.extensions:
        if not isinstance(extension.value, without):
            builder = builder.add_extension(extension.value, extension.critical)
    for added in extensions:
        builder = builder.add_extension(added, critical)
    return Made(certificate=builder.sign(issuer.key, hashes.SHA256()), key=made.key)


ROOT = make("Contoso Root CA")
ISSUING = make("Contoso Issuing CA 1", ROOT, crls=(URL, MIRROR))
PUBLIC_ROOT = make("Public Root")
PUBLIC = make("Public TLS CA", PUBLIC_ROOT, crls=("http://crl.public.example/root.crl",))


def crl_der(issuer: Made, *revoked: Made, reason: x509.ReasonFlags | None = None) -> bytes:
    """Return a CRL of this CA with these certificates on it."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(NOW - timedelta(days=1))
        .next_update(NOW + timedelta(days=6))
    )
    for one in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(one.certificate.serial_number)
            .revocation_date(NOW - timedelta(days=1))
        )
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def summary(made: Made, *, der: bool = True) -> facts_pb2.CertificateSummary:
    """Return what an agent reports of the certificate; `der=False`: as from a listing."""
    one = made.certificate
    extensions = one.extensions
    basic = [e.value for e in extensions if isinstance(e.value, x509.BasicConstraints)]
    told = facts_pb2.CertificateSummary(
        sha1=made.sha1,
        subject=one.subject.rfc4514_string(),
        issuer=one.issuer.rfc4514_string(),
        serial_number=f"{one.serial_number:x}",
        public_key_algorithm="EC",
        public_key_bits=256,
        signature_algorithm=one.signature_algorithm_oid.dotted_string,
        self_issued=facts_pb2.TRISTATE_YES if one.subject == one.issuer else facts_pb2.TRISTATE_NO,
        is_ca=facts_pb2.TRISTATE_YES if basic and basic[0].ca else facts_pb2.TRISTATE_NO,
    )
    told.not_before.FromDatetime(one.not_valid_before_utc)
    told.not_after.FromDatetime(one.not_valid_after_utc)
    if der:
        told.blob_sha256 = hashlib.sha256(made.der).digest()
        told.subject_key_identifier = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
        authority = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        told.authority_key_identifier = (authority or b"").hex()
    return told


def stored(
    store: str,
    made: Made,
    origin: facts_pb2.StoreOrigin.ValueType = facts_pb2.STORE_ORIGIN_REGISTRY,
    *,
    der: bool = True,
    usages: tuple[str, ...] | None = None,
    **fields: object,
) -> facts_pb2.Fact:
    """Return the fact that a store holds the certificate; `usages`: its copy is restricted to these."""
    shown = facts_pb2.TRISTATE_NO if der else facts_pb2.TRISTATE_UNSPECIFIED
    value = facts_pb2.StoreCertificate(
        store=store,
        location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE,
        origin=origin,
        certificate=summary(made, der=der),
        usages_restricted=shown if usages is None else facts_pb2.TRISTATE_YES,
        allowed_usages=usages or (),
        **fields,  # type: ignore[arg-type]
    )
    return fact(value, f"{store}/{made.sha1}")


def tenant(made: Made, *, root: bool = False, crl_url: str = "", delta_url: str = "") -> facts_pb2.Fact:
    """Return the fact that the tenant's list names the CA."""
    value = facts_pb2.EntraAuthority(
        entra_store=facts_pb2.ENTRA_STORE_CLASSIC,
        root=facts_pb2.TRISTATE_YES if root else facts_pb2.TRISTATE_NO,
        certificate=summary(made),
        crl_url=crl_url,
        delta_crl_url=delta_url,
    )
    return fact(value, made.sha1)


def crl(
    issuer: Made = ROOT,
    *,
    number: str = "0a",
    begins: timedelta = timedelta(days=-1),
    ends: timedelta | None = timedelta(days=6),
    publish: timedelta | None = timedelta(days=5, hours=12),
    **fields: object,
) -> facts_pb2.CrlSummary:
    """Return what an agent reports of a CRL; times from NOW."""
    told = facts_pb2.CrlSummary(issuer=issuer.subject, number=number, **fields)  # type: ignore[arg-type]
    told.this_update.FromDatetime(NOW + begins)
    if ends is not None:
        told.next_update.FromDatetime(NOW + ends)
    if publish is not None:
        told.next_publish.FromDatetime(NOW + publish)
    return told


def retrieval(
    url: str = URL,
    context: str = "system",
    *,
    purpose: str = "crl",
    outcome: str = "OK",
    named_by: tuple[Made, ...] = (ISSUING,),
    body: facts_pb2.CrlSummary | None = None,
    signature: str = "VERIFIED",
    took: str = "UNDER_1_S",
    **fields: object,
) -> facts_pb2.Fact:
    """Return one fetch of one URL: `outcome`, `signature` and `took` as in the wire enums."""
    number = next(value for value, name in PURPOSE_NAMES.items() if name == purpose)
    value = facts_pb2.Retrieval(
        purpose=number,
        url=url,
        outcome=facts_pb2.RetrievalOutcome.Value(f"RETRIEVAL_OUTCOME_{outcome}"),
        took=facts_pb2.DurationClass.Value(f"DURATION_CLASS_{took}"),
        named_by=[made.sha1 for made in named_by],
        **fields,  # type: ignore[arg-type]
    )
    if outcome == "OK" and purpose in ("crl", "delta"):
        delta = {"delta_base_number": "0a"} if purpose == "delta" else {}
        value.crl.CopyFrom(body if body is not None else crl(**delta))
        value.body_sha256 = value.body_sha256 or hashlib.sha256(value.crl.SerializeToString()).digest()
        value.signature = facts_pb2.SignatureCheck.Value(f"SIGNATURE_CHECK_{signature}")
        value.size = value.size or 1000
        value.http_status = 200
    return fact(value, f"{purpose} {url}", context)


def host(name: str, *, domain: bool | None, **fields: object) -> facts_pb2.Fact:
    """Return a server's identity; `domain=None`: not known whether it is in a domain."""
    joined = {True: facts_pb2.TRISTATE_YES, False: facts_pb2.TRISTATE_NO, None: facts_pb2.TRISTATE_UNKNOWN}[domain]
    value = facts_pb2.HostIdentity(computer_name=name, domain_joined=joined, **fields)  # type: ignore[arg-type]
    return fact(value, name)


def clock(seconds: int, reference: str = "collector") -> facts_pb2.Fact:
    """Return how far a server's clock is from a reference."""
    value = facts_pb2.ClockOffset(reference=reference, synchronised=facts_pb2.TRISTATE_YES)
    value.offset.FromSeconds(seconds)
    return fact(value, reference)


def binding(*, host_port: str = "0.0.0.0:49443", **fields: object) -> facts_pb2.Fact:
    """Return a binding that asks for client certificates, with revocation checked."""
    name, _, port = host_port.rpartition(":")
    settings: dict[str, object] = {
        "binding_kind": facts_pb2.BINDING_KIND_IP,
        "verify_client_revocation": True,
        "cached_revocation_only": False,
        "negotiate_client_certificate": True,
        **fields,
    }
    return fact(facts_pb2.TlsBinding(host=name, port=int(port), **settings), host_port)  # type: ignore[arg-type]


def setting(name: str, number: int) -> facts_pb2.Fact:
    return facts_pb2.Fact(key=name, schannel_setting=facts_pb2.SchannelSetting(name=name, number=number))


def proxy(context: str = "system", key: str = "winhttp", **fields: object) -> facts_pb2.Fact:
    """Return the proxy that an account uses; none without fields."""
    settings = fields or {"direct": True}
    return fact(facts_pb2.ProxySetting(**settings), key, context)  # type: ignore[arg-type]


@dataclass
class World:
    """A farm that is well, until a test plants its fault."""

    tenant: bool = True
    facts: dict[str, dict[tuple[str, str | None, str], facts_pb2.Fact]] = field(default_factory=dict)
    blind: dict[str, list[tuple[str, str, str | None]]] = field(default_factory=dict)
    blobs: list[bytes] = field(default_factory=lambda: [m.der for m in (ROOT, ISSUING, PUBLIC_ROOT, PUBLIC)])
    roles: dict[str, str] = field(
        default_factory=lambda: {"STS01": "adfs", "STS02": "adfs", "WAP01": "wap", "WAP02": "wap"}
    )

    def __post_init__(self) -> None:
        for name, role in self.roles.items():
            self.put(name, *_well(name, role))
        if self.tenant:
            self.put("STS01", tenant(ROOT, root=True, crl_url=URL), tenant(ISSUING, crl_url=ISSUING_URL))

    def put(self, name: str, *facts: facts_pb2.Fact) -> "World":
        """Add facts, or replace those with the same kind, context and key."""
        for one in facts:
            kind = KIND_BY_FIELD[one.WhichOneof("value") or ""]
            self.facts.setdefault(name, {})[kind.name, facts_pb2.Context.Name(one.context), one.key] = one
        return self

    def put_all(self, *facts: facts_pb2.Fact, role: str = "") -> "World":
        """Add facts to every server (of a role)."""
        for name, its in self.roles.items():
            if role in ("", its):
                self.put(name, *facts)
        return self

    def outside(self, *facts: facts_pb2.Fact) -> "World":
        """Add a vantage point outside, with these facts."""
        self.roles["OUT01"] = "vantage"
        self.facts.setdefault("OUT01", {})
        return self.put("OUT01", *facts)

    def take(self, name: str, *keys: str) -> "World":
        """Remove the facts with these keys."""
        self.facts[name] = {k: v for k, v in self.facts[name].items() if k[2] not in keys}
        return self

    def take_all(self, *keys: str) -> "World":
        """Remove the facts with these keys from every server."""
        for name in self.roles:
            self.take(name, *keys)
        return self

    def blinded(self, name: str, probe: str, part: str = "", context: str | None = None) -> "World":
        """Let one part of one server be unknown."""
        self.facts[name] = {
            k: v
            for k, v in self.facts[name].items()
            if (KIND_BY_FIELD[v.WhichOneof("value") or ""].probe, part_of(_kind(v), v.key), _context(v))
            != (probe, part, context)
        }
        self.blind.setdefault(name, []).append((probe, part, context))
        return self

    def farm(self) -> Farm:
        """Return the view."""
        stores = [("certificate-stores", s, None) for s in ("ROOT", "CA", "DISALLOWED", "ClientAuthIssuer")]
        servers = []
        for name, role in self.roles.items():
            looked = list(stores)
            if role == "adfs":
                looked += [("certificate-stores", s, None) for s in ("NTAuth", "AdfsTrustedDevices")]
            looked += [("retrievals", "", c) for c in CONTEXTS[role]]
            facts, blind = self.facts[name].values(), self.blind.get(name, [])
            nothing = not any(one.HasField("given_certificate") for one in facts) and _GIVEN not in blind
            none_given = [_GIVEN] if nothing else []
            servers.append(server(name, role, *facts, observed=looked, unknown=blind, not_applicable=none_given))
        return farm(*servers, blobs=self.blobs)


def _kind(one: facts_pb2.Fact) -> "object":
    return KIND_BY_FIELD[one.WhichOneof("value") or ""]


def _context(one: facts_pb2.Fact) -> str | None:
    name = facts_pb2.Context.Name(one.context).removeprefix("CONTEXT_").lower().replace("_", "-")
    return None if name == "unspecified" else name


def _well(name: str, role: str) -> list[facts_pb2.Fact]:
    held = [
        stored("ROOT", ROOT),
        stored("ROOT", PUBLIC_ROOT, facts_pb2.STORE_ORIGIN_THIRD_PARTY),
        stored("CA", ISSUING),
        stored("CA", PUBLIC),
        host(name, domain=role == "adfs"),
        clock(0),
        binding(),
        setting("AuthRoot/DisableRootAutoUpdate", 1),
    ]
    if role == "adfs":
        held.append(stored("NTAuth", ISSUING))
        held.append(stored("AdfsTrustedDevices", TRUST))
    for context in CONTEXTS[role]:
        held.append(proxy(context))
        held.append(retrieval(URL, context))
        held.append(retrieval(ISSUING_URL, context, body=crl(ISSUING, freshest_urls=[DELTA_URL])))
        held.append(
            retrieval(DELTA_URL, context, purpose="delta", body=crl(ISSUING, number="0b", delta_base_number="0a"))
        )
    return held


TRUST = make("ADFS ProxyTrust - WAP01", ca=None)


def user(*, crls: tuple[str, ...] = (ISSUING_URL,)) -> Made:
    """Return a user's certificate."""
    return make(f"user {secrets.token_hex(4)}", ISSUING, ca=None, usages=(CLIENT_AUTH,), crls=crls)


def judged(rule: Rule, world: World) -> Evaluation:
    """Return all that the rule says of the farm."""
    return evaluate(world.farm(), [rule])


def found(rule: Rule, world: World) -> list[tuple[str, tuple[str, ...], tuple[str, ...], str]]:
    """Return the findings as (subject, servers, contexts, severity); fails when the rule broke."""
    said = judged(rule, world)
    broken = [one.verdict.reason for one in said.unknown if one.verdict.reason.startswith("the rule failed")]
    assert not broken, broken
    return [(f.subject, f.servers, f.contexts, f.severity.word) for f in said.findings]


def untold(rule: Rule, world: World) -> list[tuple[str | None, str | None]]:
    """Return (server, context) for which the rule can't tell."""
    return [(one.verdict.server, one.verdict.context) for one in judged(rule, world).unknown]
