"""A farm that is well with one user's certificate before it, to break in one place.

    plan = farm()                                   # 2 WAP x 2 AD FS behind two load balancers, a vantage point
    plan.drop("WAP02", "listener")                  # the fault
    assert said(traced(plan), "port", "WAP02") == "fails"

Chains are what `judging` says of them: building them is tested elsewhere.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import certificates
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths.judgement import Chain, Judgement, Reason, Step
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import Evaluation, evaluate
from farmsight_collector.signin import walk
from farmsight_collector.signin.trace import PATHS, Hop, Trace
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes import adfs_farms
from tests.fakes.adfs_farms import ADDRESSES, ADFS_NODES, ISSUING, ROOT, WAPS, Plan, summary
from tests.fakes.farms import FARM, NOW

OUTSIDE, INSIDE = "198.51.100.20", "10.0.0.10"  # addresses of the load balancers
CRLS = {
    "Contoso Root CA": "http://pki.contoso.com/root.crl",
    "Contoso Issuing CA 1": "http://pki.contoso.com/issuing1.crl",
}
UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
SID = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.311.25.2"), b"\x30\x00")


def user(
    *names: str,
    issuer: str = "Contoso Issuing CA 1",
    mails: tuple[str, ...] = (),
    begins: datetime = NOW - timedelta(days=30),
    ends: datetime = NOW + timedelta(days=300),
    usages: tuple[ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CLIENT_AUTH,),
    signs: bool = True,
    ca: bool = False,
    sid: bool = True,
) -> Certificate:
    """Return a user's certificate with these principal names, of the CA that the fakes' farms have."""
    key = adfs_farms._key()
    usage = x509.KeyUsage(signs, False, True, False, False, ca, ca, False, False)
    others = [x509.OtherName(UPN, bytes([0x0C, len(name)]) + name.encode()) for name in names]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ada Lovelace")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(0x5A)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier(issuer.encode().ljust(20, b"."), None, None), critical=False)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if names or mails:
        san = x509.SubjectAlternativeName([*others, *(x509.RFC822Name(mail) for mail in mails)])
        builder = builder.add_extension(san, critical=False)
    if sid:
        builder = builder.add_extension(SID, critical=False)
    made = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    found = certificates.parse(made)
    assert isinstance(found, Certificate)
    return found


ADA = user("ada@contoso.com")


def farm(mode: str = "classic", *, adfs: Collection[str] = ADFS_NODES, waps: Collection[str] = WAPS) -> Plan:
    """Return a farm in which nothing is wrong, and of which everything is known."""
    plan = adfs_farms.healthy(mode, adfs, waps)
    for name in (*adfs, *waps):
        _leads(plan, name, INSIDE)
    _leads(plan, "OUT01", OUTSIDE if waps else ADDRESSES["STS01"])
    for name in waps:
        _looks(plan, name, INSIDE, mode, client=False)
    if waps:
        _looks(plan, "OUT01", OUTSIDE, mode)
    _looks(plan, next(iter(adfs)), INSIDE, mode)
    for name in adfs:
        held = pb.StoreCertificate(store="NTAuth", certificate=summary(ISSUING))
        plan.put(name, f"NTAuth/{adfs_farms.sha1(ISSUING)}", held)
    for authority, url in CRLS.items():
        _fetched(plan, url, authority)
    return plan


def _leads(plan: Plan, name: str, address: str) -> None:
    held = plan.get(name, "host", name)
    for resolution in held.resolutions:  # type: ignore[attr-defined]
        resolution.addresses[:] = [address]


def _looks(plan: Plan, name: str, address: str, mode: str, *, client: bool = True) -> None:
    plan.drop(name, "tls-endpoint") if not client else None
    host, port = (FARM, 49443) if mode == "classic" else (adfs_farms.CERTAUTH, 443)
    seen = [adfs_farms.endpoint(FARM, 443, address)]
    if client:
        seen.append(adfs_farms.endpoint(host, port, address, asks=True, path="/adfs/x", http=pb.HTTP_OUTCOME_WAITS))
    for one in seen:
        plan.put(name, adfs_farms.endpoint_key(one), one)


def _fetched(plan: Plan, url: str, authority: str) -> None:
    value = pb.Retrieval(purpose=pb.RETRIEVAL_PURPOSE_CRL, url=url, outcome=pb.RETRIEVAL_OUTCOME_OK)
    value.crl.issuer, value.crl.number = f"CN={authority}", "0a"
    value.crl.authority_key_identifier = authority.encode().ljust(20, b".").hex()
    value.crl.this_update.FromDatetime(NOW - timedelta(days=1))
    value.crl.next_update.FromDatetime(NOW + timedelta(days=6))
    value.took = pb.DURATION_CLASS_UNDER_1_S
    plan.put("OUT01", f"crl {url}", value, "caller")


Judge = Callable[[Farm, Server, str, Certificate], Judgement]


def judging(faults: dict[tuple[str, str], Judgement] | None = None) -> Judge:
    """Return a judge of chains: well, but for these (server, account)."""

    def judge(_farm: Farm, server: Server, context: str, leaf: Certificate) -> Judgement:
        return (faults or {}).get((server.name, context)) or well(leaf)

    return judge


def well(leaf: Certificate) -> Judgement:
    """Return that all is well with the chain."""
    root = certificates.parse(ROOT)
    assert isinstance(root, Certificate)
    steps = (Step(certificate=leaf, found_in=("presented",)), Step(certificate=root, found_in=("ROOT",)))
    chain = Chain(steps=steps, anchored=True, verdict=Verdict.PASSES, reasons=())
    return Judgement(verdict=Verdict.PASSES, why="all is well", chains=(chain,), holds_until=NOW + timedelta(days=6))


def ill(code: str, why: str, *entries: str, verdict: Verdict = Verdict.FAILS) -> Judgement:
    """Return that one thing is wrong with the chain, or not known of it."""
    reason = Reason(verdict=verdict, code=code, subject="CN=x", why=why, catalogue=entries)
    chain = Chain(steps=well(ADA).chains[0].steps, anchored=True, verdict=verdict, reasons=(reason,))
    return Judgement(verdict=verdict, why=why, chains=(chain,), catalogue=entries, reasons=(reason,))


@contextmanager
def judged_by(judge: Judge) -> Iterator[None]:
    with mock.patch("farmsight_collector.pki.paths.on_server.judged_on", judge):
        yield


def traced(
    plan: Plan, leaf: Certificate = ADA, paths: Collection[str] = PATHS, judge: Judge | None = None, rules: bool = True
) -> Trace:
    """Return the trace; `rules=False`: without any finding, so that facts alone decide."""
    view = plan.farm()
    evaluation = evaluate(view, RULES) if rules else Evaluation(farm=view.name, as_of=view.as_of, findings=())
    with judged_by(judge or judging()):
        return walk.traced(view, evaluation, leaf, paths)


def hop(trace: Trace, name: str, server: str = "", context: str | None = None, path: str = "") -> Hop:
    """Return one hop, the first that fits; fails the test when there is none."""
    for one in trace.paths:
        for found in one.hops:
            fits = found.hop == name and (not server or found.server == server) and path in ("", one.path)
            if fits and context in (None, found.context):
                return found
    raise AssertionError(f"no hop {name} on {server or 'any server'}")


def said(trace: Trace, name: str, server: str = "", context: str | None = None, path: str = "") -> str:
    """Return the verdict of one hop as the output has it."""
    return hop(trace, name, server, context, path).verdict.value
