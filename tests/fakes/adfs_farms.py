"""A healthy AD FS farm on the table, to break in one place.

    plan = healthy()
    plan.drop("WAP01", "tls-binding", "sts.contoso.com:49443")
    fires(RULE, plan, "WAP01")

Two AD FS nodes (STS01 is the primary), two WAPs and a vantage point outside;
classic mode unless told otherwise.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from google.protobuf.message import Message

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.engine import Evaluation, evaluate
from farmsight_collector.rules.rule import Rule
from farmsight_wire.v1 import facts_pb2 as pb
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, KIND_BY_FIELD, KIND_BY_NAME, part_of
from tests.fakes.farms import FARM, FIELD_BY_TYPE, NOW, farm, server

ADFSSRV = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"
APP = "{5d89a20c-beab-4389-9447-324788eb944a}"
ADFS_PROCESS = 2104
YES, NO = pb.TRISTATE_YES, pb.TRISTATE_NO
CERTAUTH = f"certauth.{FARM}"
ADFS_NODES, WAPS = ("STS01", "STS02"), ("WAP01", "WAP02")
SIGN_IN = (*ADFS_NODES, *WAPS)
ADDRESSES = {
    "STS01": "10.0.0.11",
    "STS02": "10.0.0.12",
    "WAP01": "10.1.0.21",
    "WAP02": "10.1.0.22",
    "OUT01": "198.51.100.9",
}
SERIAL = "http://schemas.microsoft.com/ws/2008/06/identity/claims/serialnumber"
ISSUER = "http://schemas.microsoft.com/2012/12/certificatecontext/field/issuer"
RULES_TEXT = f'c:[Type == "{SERIAL}"] => issue(claim = c);\nc:[Type == "{ISSUER}"] => issue(claim = c);\n'


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def made_certificate(
    common_name: str, names: tuple[str, ...] = (), issuer: str = "", ca: bool = False, days: int = 300
) -> bytes:
    """Return a DER certificate with these DNS names; `issuer` empty: self-issued."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    issued_by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer or common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier(common_name.encode().ljust(20, b".")), critical=False)
    )
    if issuer:
        identifier = x509.AuthorityKeyIdentifier(issuer.encode().ljust(20, b"."), None, None)
        builder = builder.add_extension(identifier, critical=False)
    if names:
        san = x509.SubjectAlternativeName([x509.DNSName(n) for n in names])
        builder = builder.add_extension(san, critical=False)
    return builder.sign(_key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def sha1(der: bytes) -> str:
    return x509.load_der_x509_certificate(der).fingerprint(hashes.SHA1()).hex()


def summary(der: bytes, **changed: object) -> pb.CertificateSummary:
    """Return what a certificate says of itself."""
    certificate = x509.load_der_x509_certificate(der)
    extension = certificate.extensions
    made = pb.CertificateSummary(
        sha1=sha1(der),
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial_number=f"{certificate.serial_number:x}",
        blob_sha256=certificate.fingerprint(hashes.SHA256()),
        self_issued=YES if certificate.subject == certificate.issuer else NO,
        is_ca=YES if extension.get_extension_for_class(x509.BasicConstraints).value.ca else NO,
        subject_key_identifier=extension.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex(),
    )
    if certificate.subject != certificate.issuer:
        held = extension.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        made.authority_key_identifier = (held or b"").hex()
    made.not_before.FromDatetime(certificate.not_valid_before_utc)
    made.not_after.FromDatetime(certificate.not_valid_after_utc)
    for name, value in changed.items():
        if isinstance(value, datetime):
            getattr(made, name).FromDatetime(value)
        else:
            setattr(made, name, value)
    return made


ROOT = made_certificate("Contoso Root CA", ca=True)
ISSUING = made_certificate("Contoso Issuing CA 1", issuer="Contoso Root CA", ca=True)
SSL = made_certificate(FARM, (FARM, CERTAUTH), issuer="Public CA")
OTHER_SSL = made_certificate(FARM, (FARM,), issuer="Public CA", days=30)
SIGNING = made_certificate("ADFS Signing - sts.contoso.com")
TRUST = made_certificate("ADFS ProxyTrust - WAP")


def binding(host: str, port: int, der: bytes = SSL, **changed: object) -> pb.TlsBinding:
    by_address = host[:1].isdigit() or host.startswith("[")
    made = pb.TlsBinding(
        binding_kind=pb.BINDING_KIND_IP if by_address else pb.BINDING_KIND_SNI,
        host=host,
        port=port,
        certificate_sha1=sha1(der),
        application_id=APP,
        store="MY",
        verify_client_revocation=True,
        usage_check=True,
        ds_mapper=False,
        negotiate_client_certificate=port != 443 or host.startswith("certauth."),
        product="http.sys",
    )
    if port == 443 and not host.startswith("certauth."):
        made.ctl_store = "AdfsTrustedDevices"
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def reservation(url: str, *sids: str, rights: str = "GA", allow: bool = True) -> pb.UrlReservation:
    made = pb.UrlReservation(url=url, sddl="D:" + "".join(f"(A;;{rights};;;{s})" for s in sids or (ADFSSRV,)))
    for sid in sids or (ADFSSRV,):
        listen, delegate = rights in ("GA", "GX"), rights in ("GA", "GW")
        made.trustees.add(sid=sid, name="someone", allow=allow, listen=listen, delegate=delegate, rights=rights)
    return made


def service(name: str, state: pb.ServiceState.ValueType = pb.SERVICE_STATE_RUNNING, account: str = "") -> pb.Service:
    return pb.Service(
        name=name,
        state=state,
        start=pb.SERVICE_START_AUTOMATIC,
        account_name=account or "CONTOSO\\gmsa$",
        account_sid="S-1-5-21-1-2-3-1105" if not account else f"S-1-5-21-1-2-3-{len(account)}99",
        process_id=ADFS_PROCESS if name == "adfssrv" else 2210,
    )


def endpoint(
    name: str,
    port: int,
    address: str,
    *,
    path: str = "/federationmetadata/2007-06/federationmetadata.xml",
    der: bytes = SSL,
    asks: bool = False,
    status: int = 200,
    cas: Iterable[bytes] = (),
    **changed: object,
) -> pb.TlsEndpoint:
    made = pb.TlsEndpoint(
        name=name,
        port=port,
        path=path,
        address=address,
        tcp=pb.TCP_OUTCOME_CONNECTED,
        http=pb.HTTP_OUTCOME_ANSWERED,
        http_status=status,
    )
    asked = pb.CLIENT_CERTIFICATE_REQUEST_ASKED if asks else pb.CLIENT_CERTIFICATE_REQUEST_NOT_ASKED
    for version in ("TLSv1.2", "TLSv1.3"):
        shake = made.handshakes.add(
            version_tried=version,
            with_sni=True,
            outcome=pb.TLS_OUTCOME_COMPLETED,
            protocol=version,
            client_certificate=asked,
            chain=[summary(der)],
        )
        for ca in cas:
            shake.acceptable_cas.add(der=ca, text="")
    for field, value in changed.items():
        setattr(made, field, value)
    return made


def endpoint_key(value: pb.TlsEndpoint) -> str:
    return f"{value.name}:{value.port}{value.path}@{value.address}"


class Plan:
    """A farm while it is being put together: (server, kind, context, key) -> value."""

    def __init__(self) -> None:
        self.roles: dict[str, str] = {}
        self.facts: dict[tuple[str, str, str | None, str], Message] = {}
        self.states: dict[tuple[str, str, str, str | None], str] = {}
        self.stale: set[str] = set()
        self.at = NOW
        self.blobs: list[bytes] = [ROOT, ISSUING, SSL, OTHER_SSL, SIGNING, TRUST]

    def put(self, name: str, key: str, value: Message, context: str | None = None) -> None:
        kind = KIND_BY_FIELD[FIELD_BY_TYPE[value.DESCRIPTOR.full_name]]
        self.facts[name, kind.name, context, key] = value
        self.states.setdefault((name, kind.probe, part_of(kind, key), context), "observed")

    def get(self, name: str, kind: str, key: str, context: str | None = None) -> Message:
        return self.facts[name, kind, context, key]

    def edit(self, names: str | Iterable[str], kind: str, key: str, **fields: object) -> None:
        for name in (names,) if isinstance(names, str) else names:
            made = type(self.facts[name, kind, None, key])()
            made.CopyFrom(self.facts[name, kind, None, key])
            for field, value in fields.items():
                if isinstance(value, datetime):
                    getattr(made, field).FromDatetime(value)
                elif isinstance(value, Message):
                    getattr(made, field).CopyFrom(value)
                elif isinstance(value, list | tuple):
                    made.ClearField(field)
                    getattr(made, field).extend(value)
                else:
                    setattr(made, field, value)
            self.facts[name, kind, None, key] = made

    def drop(self, names: str | Iterable[str], kind: str, key: str | None = None) -> None:
        """Take facts away; the part stays observed: looked, and there is none."""
        for name in (names,) if isinstance(names, str) else names:
            for place in [p for p in self.facts if p[0] == name and p[1] == kind and key in (None, p[3])]:
                del self.facts[place]

    def lose(self, names: str | Iterable[str], kind: str, part: str | None = None, outcome: str = "denied") -> None:
        """Make a kind unknown (or, by outcome, not applicable) on a server."""
        described = KIND_BY_NAME[kind]
        for name in (names,) if isinstance(names, str) else names:
            self.drop(name, kind) if described.part != "*" else None
            parts = {p for (n, probe, p, _) in self.states if n == name and probe == described.probe}
            wanted = parts if described.part == "*" and part is None else {part or described.part}
            for one in wanted:
                self.states[name, described.probe, one, None] = outcome

    def remove(self, *names: str) -> None:
        for name in names:
            self.roles.pop(name, None)
            self.facts = {place: v for place, v in self.facts.items() if place[0] != name}
            self.states = {place: v for place, v in self.states.items() if place[0] != name}

    def farm(self) -> Farm:
        return farm(*(self._server(name) for name in self.roles), blobs=self.blobs, at=self.at)

    def _server(self, name: str):
        made = []
        for (owner, _, context, key), value in self.facts.items():
            if owner == name:
                one = pb.Fact(key=key, context=CONTEXT_BY_NAME[context])
                getattr(one, FIELD_BY_TYPE[value.DESCRIPTOR.full_name]).CopyFrom(value)
                made.append(one)
        by_outcome: dict[str, list[tuple[str, str, str | None]]] = {}
        for (owner, probe, part, context), outcome in self.states.items():
            if owner == name:
                by_outcome.setdefault(outcome, []).append((probe, part, context))
        return server(
            name,
            self.roles[name],
            *made,
            observed=by_outcome.get("observed", ()),
            unknown=by_outcome.get("denied", ()),
            not_applicable=by_outcome.get("not_applicable", ()),
            stale=name in self.stale,
        )


def healthy(mode: str = "classic", adfs: Iterable[str] = ADFS_NODES, waps: Iterable[str] = WAPS) -> Plan:
    """Return a farm in which nothing is wrong."""
    plan = Plan()
    adfs, waps = tuple(adfs), tuple(waps)
    plan.roles = {**dict.fromkeys(adfs, "adfs"), **dict.fromkeys(waps, "wap"), "OUT01": "vantage"}
    name, port = (FARM, 49443) if mode == "classic" else (CERTAUTH, 443)
    for one in (*adfs, *waps):
        _windows(plan, one, mode, wap=one in waps, back="10.0.0.11")
    plan.put("OUT01", "OUT01", pb.HostIdentity(computer_name="OUT01", os_name="Debian", addresses=[ADDRESSES["OUT01"]]))
    _resolves(plan, "OUT01", ADDRESSES["WAP01"] if waps else ADDRESSES["STS01"])
    for target in waps or adfs:
        seen = endpoint(FARM, 443, ADDRESSES[target])
        plan.put("OUT01", endpoint_key(seen), seen)
        seen = endpoint(
            name,
            port,
            ADDRESSES[target],
            asks=True,
            path="/adfs/services/trust/2005/certificatetransport",
            http=pb.HTTP_OUTCOME_WAITS,
            http_status=0,
            waits_as_it_should=True,
        )
        plan.put("OUT01", endpoint_key(seen), seen)
    _configuration(plan, mode, adfs)
    _tenant(plan, adfs[0])
    return plan


def _resolves(plan: Plan, one: str, address: str) -> None:
    held = plan.get(one, "host", one)
    for name in (FARM, CERTAUTH):
        held.resolutions.add(name=name, addresses=[address], outcome=pb.RESOLUTION_OUTCOME_RESOLVED)  # type: ignore[attr-defined]


def _windows(plan: Plan, one: str, mode: str, *, wap: bool, back: str) -> None:
    host = pb.HostIdentity(
        computer_name=one,
        fqdn=f"{one.lower()}.contoso.com",
        addresses=[ADDRESSES[one]],
        os_name="Microsoft Windows Server 2022 Standard",
        os_version="10.0.20348",
        os_update_revision=2700,
        domain_joined=NO if wap else YES,
    )
    plan.put(one, one, host)
    _resolves(plan, one, back)
    hosts = [(FARM, 443), (FARM, 49443) if mode == "classic" else (CERTAUTH, 443)]
    for name, port in hosts + ([] if wap else [("localhost", 443)]):
        plan.put(one, f"{name}:{port}", binding(name, port))
    for port in (443, 49443) if mode == "classic" else (443,):
        plan.put(one, f"https://+:{port}/adfs/", reservation(f"https://+:{port}/adfs/"))
        registration = pb.UrlRegistration(url=f"HTTPS://+:{port}/ADFS/", process_ids=[ADFS_PROCESS])
        plan.put(one, registration.url, registration)
        plan.put(one, f"0.0.0.0:{port}", pb.Listener(address="0.0.0.0", port=port, process_id=4, process_name="System"))
    plan.states[one, "http-sys", "ip-listen", None] = "observed"
    for name in ("adfssrv", "appproxysvc", "appproxyctrl") if wap else ("adfssrv",):
        plan.put(one, name, service(name))
    plan.put(one, "50000-50059", pb.PortExclusion(first=50000, last=50059, protocol="tcp"))
    plan.put(one, "SendTrustedIssuerList", pb.SchannelSetting(name="SendTrustedIssuerList", number=0))
    trusting = () if wap else (("AdfsTrustedDevices", TRUST),)
    for store, der in (("MY", SSL), ("ROOT", ROOT), ("CA", ISSUING), *trusting):
        held = pb.StoreCertificate(store=store, certificate=summary(der), has_private_key=YES if store == "MY" else NO)
        plan.put(one, f"{store}/{sha1(der)}", held)
    plan.states[one, "certificate-stores", "ClientAuthIssuer", None] = "observed"
    plan.put(one, "-", pb.AgentHealth(version="1", platform="win"))
    if wap:
        plan.put(
            one,
            "-",
            pb.WapConfiguration(
                adfs_url=f"https://{FARM}/adfs",
                federation_service_name=FARM,
                connected_servers=list(WAPS),
                https_port=443,
                tls_client_port=49443 if mode == "classic" else 443,
                health_state="OK",
            ),
        )
        trust = pb.WapTrustCertificate(certificate=summary(TRUST), has_private_key=YES)
        plan.put(one, sha1(TRUST), trust)
        seen = endpoint(FARM, 443, back)
        plan.put(one, endpoint_key(seen), seen)


def _configuration(plan: Plan, mode: str, adfs: tuple[str, ...]) -> None:
    one = adfs[0]
    plan.put(
        one,
        "-",
        pb.AdfsProperties(
            host_name=FARM,
            identifier=f"http://{FARM}/adfs/services/trust",
            http_port=80,
            https_port=443,
            tls_client_port=49443 if mode == "classic" else 443,
            auto_certificate_rollover=YES,
            farm_behavior=4,
            configuration_database="WID",
        ),
    )
    plan.put(
        one,
        "CertificateAuthentication",
        pb.AdfsAuthenticationProvider(
            name="CertificateAuthentication", primary_extranet=YES, primary_intranet=YES, additional=YES
        ),
    )
    both = ["FormsAuthentication", "CertificateAuthentication"]
    plan.put(one, "-", pb.AdfsGlobalPolicy(primary_extranet=both, primary_intranet=both))
    for path in (
        "/adfs/services/trust/2005/certificatemixed",
        "/adfs/services/trust/2005/certificatetransport",
        "/adfs/services/trust/13/certificatemixed",
        "/adfs/ls/",
    ):
        plan.put(one, path, pb.AdfsEndpoint(path=path, enabled=YES, proxy=YES))
    signing = pb.AdfsCertificate(type="Token-Signing", primary=YES, certificate=summary(SIGNING), has_private_key=YES)
    plan.put(one, f"Token-Signing/{sha1(SIGNING)}", signing)
    plan.put(
        one,
        "AD AUTHORITY",
        pb.AdfsTrust(
            trust_kind=pb.TRUST_KIND_CLAIMS_PROVIDER,
            identifier="AD AUTHORITY",
            name="Active Directory",
            enabled=YES,
            acceptance_transform_rules=RULES_TEXT,
            acceptance_rules_seen=True,
        ),
    )
    plan.put(
        one,
        "urn:federation:MicrosoftOnline",
        pb.AdfsTrust(
            trust_kind=pb.TRUST_KIND_RELYING_PARTY,
            enabled=YES,
            identifier="urn:federation:MicrosoftOnline",
            name="Microsoft Office 365 Identity Platform",
            issuance_transform_rules=RULES_TEXT,
            issuance_rules_seen=True,
        ),
    )
    for node in adfs:
        fqdn = f"{node.lower()}.contoso.com"
        plan.put(
            one,
            fqdn,
            pb.AdfsNode(
                name=fqdn, behavior_level=4, node_type="PrimaryComputer" if node == one else "SecondaryComputer"
            ),
        )
        sync = pb.AdfsSync(role=pb.SYNC_ROLE_PRIMARY if node == one else pb.SYNC_ROLE_SECONDARY)
        if node != one:
            sync.primary_name, sync.last_status = f"{one.lower()}.contoso.com", 0
            sync.last_sync.FromDatetime(NOW - timedelta(seconds=120))
            sync.poll.FromTimedelta(timedelta(seconds=300))
            for kind in (
                "adfs-properties",
                "adfs-global-policy",
                "adfs-authentication-provider",
                "adfs-endpoint",
                "adfs-certificate",
                "adfs-trust",
                "adfs-node",
            ):
                plan.states[node, "adfs", KIND_BY_NAME[kind].part, None] = "not_applicable"
        plan.put(node, "-", sync)


def _tenant(plan: Plan, one: str) -> None:
    for der, root in ((ROOT, YES), (ISSUING, NO)):
        name = "root" if root == YES else "issuing1"
        held = pb.EntraAuthority(
            entra_store=pb.ENTRA_STORE_CLASSIC,
            root=root,
            certificate=summary(der),
            crl_url=f"http://pki.contoso.com/{name}.crl",
        )
        plan.put(one, sha1(der), held)
    plan.put(one, "-", pb.EntraPkiStore(containers=0, authorities=0))
    plan.put(one, "-", pb.EntraCertificatePolicy(enabled=NO, crl_validation_required=NO))
    plan.states[one, "entra", "rollouts", None] = "observed"
    plan.put(
        one,
        "contoso.com",
        pb.EntraDomain(
            name="contoso.com",
            authentication_type="Federated",
            issuer_uri="http://contoso.com/adfs/services/trust/",
            passive_sign_in_uri=f"https://{FARM}/adfs/ls/",
            active_sign_in_uri=f"https://{FARM}/adfs/services/trust/2005/usernamemixed",
            metadata_exchange_uri=f"https://{FARM}/adfs/services/trust/mex",
            prompt_login=pb.PROMPT_LOGIN_NATIVE,
            signing_certificate=summary(SIGNING),
            verified=YES,
        ),
    )


def judged(rule: Rule, plan: Plan) -> Evaluation:
    return evaluate(plan.farm(), (rule,))


def fires(rule: Rule, plan: Plan, *servers: str, subject: str | None = None, severity: int | None = None) -> None:
    """Check that the rule holds, and for exactly these servers."""
    found = judged(rule, plan).findings
    assert found, f"{rule.code} is silent: {judged(rule, plan).unknown}"
    assert {name for finding in found for name in finding.servers} == set(servers), found[0].title
    for finding in found:
        assert finding.evidence or not rule.reads, "no evidence"
        assert finding.remedy, "no remedy"
        assert finding.title.strip(), "no title"
    if subject is not None:
        assert [finding.subject for finding in found] == [subject]
    if severity is not None:
        assert {finding.severity for finding in found} == {severity}


def silent(rule: Rule, plan: Plan) -> None:
    """Check that the rule neither holds nor is in doubt."""
    judgement = judged(rule, plan)
    assert not judgement.findings, judgement.findings[0].title
    assert not judgement.unknown, judgement.unknown


def cannot_tell(rule: Rule, plan: Plan, *servers: str | None) -> None:
    """Check that the rule claims nothing and is in doubt about exactly these servers; without any: about the farm."""
    judgement = judged(rule, plan)
    assert not judgement.findings, judgement.findings[0].title
    assert judgement.unknown
    assert not any("the rule failed" in u.verdict.reason for u in judgement.unknown), judgement.unknown
    assert {u.verdict.server for u in judgement.unknown} == (set(servers) or {None})
