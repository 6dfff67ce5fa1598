"""Which URLs are fetched on a server."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_agent.clock import SystemClock
from farmsight_agent.config import Config, RetrievalConfig
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.absent import LIVE
from farmsight_agent.hosts.host import Account, Seen, StoredCertificate
from farmsight_agent.outcome import DeniedError, NotApplicableError, UnavailableError
from farmsight_agent.probes import retrievals
from farmsight_agent.retrieve.select import MOST_PER_CERTIFICATE, select
from farmsight_agent.retrieve.shown import ShownStores, show
from farmsight_agent.retrieve.sniff import pem_to_der
from farmsight_agent.retrieve.target import Target
from farmsight_lab.servers import answers
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from tests.fakes.pki import Made, make

ROOT = make("Contoso Root")
ISSUING = make(
    "Contoso Issuing",
    ROOT,
    crls=("ldap:///CN=Root", "http://pki.contoso.com/root.crl"),
    freshest=("http://pki.contoso.com/root+.crl",),
    ocsp=("http://ocsp.contoso.com/",),
)
SECOND = make("Contoso Issuing 2", ROOT, crls=("http://pki.contoso.com/root.crl",))
PUBLIC = make("Public Root", crls=("http://public.example/self.crl",))
USER = make("user", ISSUING, ca=None, crls=("http://pki.contoso.com/issuing.crl",))


class Stores:
    """A host of which only certificates, tenant and accounts are looked at."""

    def __init__(self, accounts: Sequence[Account] = (), **stores: Sequence[Made]) -> None:
        self._stores = stores
        self._accounts = accounts
        self.origin = facts_pb2.STORE_ORIGIN_REGISTRY
        self.tenant: list[facts_pb2.EntraAuthority] = []
        self.recordings: list[facts_pb2.Fact] | None = None

    def store_names(self) -> Seen[str]:
        return Seen(values=tuple(self._stores), source="fake")

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        held = self._stores[store]
        if held == "denied":
            raise DeniedError("no-right", store)
        message = facts_pb2.StoreCertificate(store=store, origin=self.origin)
        values = tuple(
            StoredCertificate(der=one if isinstance(one, bytes) else one.der, message=message) for one in held
        )
        return Seen(values=values, source="fake")

    def entra(self, part: str) -> Seen[facts_pb2.EntraAuthority]:
        if not self.tenant:
            raise UnavailableError("not-collected")
        return Seen(values=tuple(self.tenant), source="fake")

    def accounts(self) -> Sequence[Account]:
        return self._accounts

    def recorded(self, probe: str, account: object = None) -> Seen[facts_pb2.Fact]:
        if self.recordings is None:
            raise NotApplicableError(LIVE)
        context = account.context if isinstance(account, Account) else None
        kept = tuple(one for one in self.recordings if context in (None, one.context))
        return Seen(values=kept, source="evidence:recorded")


def chosen(host: Stores, **settings: object) -> dict[str, Target]:
    return {target.key: target for target in select(host, RetrievalConfig(**settings)).targets}


def test_every_url_of_an_issuing_ca_is_a_target_with_its_issuer():
    targets = chosen(Stores(ROOT=[ROOT], CA=[ISSUING]))

    assert list(targets) == [
        "crl http://pki.contoso.com/root.crl",
        "delta http://pki.contoso.com/root+.crl",
        "ocsp http://ocsp.contoso.com/",
        "crl ldap:///CN=Root",
    ]
    crl = targets["crl http://pki.contoso.com/root.crl"]
    assert crl.issuer_der == ROOT.der
    assert crl.named_by == (ISSUING.sha1,)
    assert crl.serials == (f"{ISSUING.certificate.serial_number:x}",)
    assert crl.position == 1
    assert targets["ocsp http://ocsp.contoso.com/"].subject_der == ISSUING.der


def test_a_url_that_two_cas_name_is_fetched_once():
    target = chosen(Stores(ROOT=[ROOT], CA=[ISSUING, SECOND]))["crl http://pki.contoso.com/root.crl"]

    assert target.named_by == (ISSUING.sha1, SECOND.sha1)
    assert len(target.serials) == 2
    assert target.other_issuers == ()
    assert target.position == 0


def test_one_responder_for_two_cas_is_asked_about_both():
    third = make("Contoso Issuing 3", ROOT, ocsp=("http://ocsp.contoso.com/",))

    target = chosen(Stores(ROOT=[ROOT], CA=[ISSUING, third]))["ocsp http://ocsp.contoso.com/"]

    assert target.subject_der == ISSUING.der
    assert target.questions == ((third.der, ROOT.der),)
    assert Target.from_json(target.to_json()) == target


def test_roots_that_the_system_ships_are_left_alone():
    host = Stores(ROOT=[PUBLIC])
    assert chosen(host)

    for origin in (facts_pb2.STORE_ORIGIN_PACKAGE, facts_pb2.STORE_ORIGIN_THIRD_PARTY):
        host.origin = origin
        assert not chosen(host)


@pytest.mark.parametrize("named", ["issuing 2", SECOND.sha1, SECOND.sha1.upper()], ids=["name", "sha1", "SHA1"])
def test_authorities_can_be_narrowed_down(named):
    targets = chosen(Stores(ROOT=[ROOT], CA=[ISSUING, SECOND]), authorities=(named,))

    assert [target.named_by for target in targets.values()] == [(SECOND.sha1,)]


def test_certificates_that_are_no_cas_are_not_followed():
    assert not chosen(Stores(CA=[USER]))


def test_a_user_certificate_handed_in_is_followed(tmp_path):
    pem = tmp_path / "user.pem"
    pem.write_bytes(USER.certificate.public_bytes(serialization.Encoding.PEM))

    target = chosen(Stores(CA=[ISSUING]), user_certificates=(pem,))["crl http://pki.contoso.com/issuing.crl"]

    assert target.issuer_der == ISSUING.der
    assert target.serials == ()


def test_the_tenants_urls_are_those_of_the_crls_that_its_cas_publish():
    host = Stores(CA=[ISSUING])
    certificate = facts_pb2.CertificateSummary(sha1=ISSUING.sha1)
    host.tenant = [facts_pb2.EntraAuthority(certificate=certificate, crl_url="http://t/i.crl")]

    target = chosen(host)["crl http://t/i.crl"]

    assert (target.issuer_der, target.named_by) == (ISSUING.der, (ISSUING.sha1,))


def test_urls_can_be_given_outright():
    assert list(chosen(Stores(CA=[]), urls=("http://x/a.crl", "aia http://x/a.crt"))) == [
        "crl http://x/a.crl",
        "aia http://x/a.crt",
    ]


def test_a_certificate_with_a_hundred_urls_costs_twenty_and_says_so():
    many = make("Greedy", ROOT, crls=tuple(f"http://x/{number}.crl" for number in range(100)))

    selection = select(Stores(CA=[many]), RetrievalConfig())

    fetched = [target for target in selection.targets if not target.not_fetched]
    assert len(fetched) == MOST_PER_CERTIFICATE
    assert selection.targets[-1].not_fetched == "80 more URLs of this certificate are not fetched (limit 20)"
    assert "80 more" in selection.notes[0]


def test_hostile_certificates_name_what_they_name_and_no_more():
    """Odd schemes stay facts, a URL of a megabyte is cut, garbage names nothing."""
    odd = make("Odd", ROOT, crls=("file:///etc/passwd", "javascript:alert(1)", "http://x/" + "a" * 10**6))
    targets = select(Stores(CA=[odd, b"\x30\x80garbage", _huge()]), RetrievalConfig()).targets

    assert {target.url for target in targets if len(target.url) < 50} == {
        "file:///etc/passwd",
        "javascript:alert(1)",
    }
    cut = next(target for target in targets if target.url.startswith("http://x/aa"))
    assert len(cut.url) == 200
    assert "1000009 characters" in cut.not_fetched


def _huge() -> bytes:
    """Return a CA certificate with a megabyte of alternative names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Huge")])
    names = [x509.DNSName(f"{number}.example" + "a" * 90) for number in range(10_000)]
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(ROOT.certificate.not_valid_before_utc)
        .not_valid_after(ROOT.certificate.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def test_stores_that_can_not_be_read_make_it_unknown_not_empty():
    with pytest.raises(DeniedError):
        select(Stores(CA="denied"), RetrievalConfig())

    beside = select(Stores(CA="denied", NTAuth=[ISSUING]), RetrievalConfig())
    assert beside.targets
    assert beside.notes == ("no-right: CA",)


def test_the_certificates_of_this_machine_are_taken_as_they_are():
    """Among those that systems ship are some that break the rules (a serial number that is not positive)."""
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    if not bundle.exists():
        pytest.skip("no trust store here")
    shipped = pem_to_der(bundle.read_bytes())

    assert select(Stores(ROOT=shipped, CA=[ISSUING]), RetrievalConfig()).targets


def test_a_target_survives_the_way_to_the_child():
    for target in chosen(Stores(ROOT=[ROOT], CA=[ISSUING, SECOND])).values():
        assert Target.from_json(target.to_json()) == target


class Blobs(dict[bytes, bytes]):
    def keep(self, data: bytes) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        key = digest.finalize()
        self[key] = data
        return key


def tools(host: Stores, **settings: object) -> SimpleNamespace:
    blobs = Blobs()
    return SimpleNamespace(
        host=host,
        config=Config(retrieval=RetrievalConfig(timeout_s=1.0, total_s=3.0), **settings),
        clock=SystemClock(),
        contexts=ContextRunner(blobs, blob_limit=1 << 20),
        blobs=blobs,
    )


def account(context: facts_pb2.Context.ValueType, uid: int) -> Account:
    return Account(context=context, name=f"#{uid}", uid=uid, gid=os.getegid())


def test_the_probe_fetches_as_each_account_and_says_which_it_could_not_become(ca, server):
    """Own account: facts with the proof of who asked. An account that is not there: unknown, with a reason."""
    server.put("/root.crl", answers.crl(ca.crl()))
    issuing = make("Issuing", ca.root, crls=("http://pki.test/root.crl",))
    nobody = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="no-such-account")
    host = Stores([account(facts_pb2.CONTEXT_SYSTEM, os.geteuid()), nobody], ROOT=[ca.root], CA=[issuing])
    with_tools = tools(host, connect_to={"pki.test:80": "{}:{}".format(*server.address)})

    system, service = list(retrievals.PROBE.collect(with_tools))

    assert system.context == facts_pb2.CONTEXT_SYSTEM
    fact = next(one for one in system.facts if one.key == "crl http://pki.test/root.crl")
    assert fact.retrieval.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    assert fact.asked_by.sid == f"uid:{os.geteuid()}"
    assert {sample.series for sample in system.samples} == {
        "retrieval-duration-ms",
        "retrieval-size-bytes",
        "crl-seconds-left",
    }
    assert fact.retrieval.body_sha256 in with_tools.blobs
    assert service.outcome == telemetry_pb2.PROBE_OUTCOME_UNAVAILABLE
    assert service.reason == "no-account"


def test_without_accounts_the_probe_asks_as_itself():
    parts = list(retrievals.PROBE.collect(tools(Stores(CA=[]))))

    assert [part.context for part in parts] == [facts_pb2.CONTEXT_CALLER]
    assert parts[0].outcome == telemetry_pb2.PROBE_OUTCOME_OBSERVED


def test_what_was_recorded_is_told_by_context_and_nothing_is_fetched():
    host = Stores([account(facts_pb2.CONTEXT_SYSTEM, 1), account(facts_pb2.CONTEXT_NETWORK_SERVICE, 2)])
    host.recordings = [
        facts_pb2.Fact(context=facts_pb2.CONTEXT_NETWORK_SERVICE, key="crl http://x/", retrieval=facts_pb2.Retrieval())
    ]

    parts = {part.context: part for part in retrievals.PROBE.collect(tools(host))}

    assert parts[facts_pb2.CONTEXT_SYSTEM].facts == ()
    assert len(parts[facts_pb2.CONTEXT_NETWORK_SERVICE].facts) == 1


def test_bytes_that_recorded_facts_refer_to_are_kept_for_the_collector():
    body = b"a recorded CRL"
    host = Stores([account(facts_pb2.CONTEXT_SYSTEM, 1)])
    host.recordings = [
        facts_pb2.Fact(
            context=facts_pb2.CONTEXT_SYSTEM,
            key="crl http://x/",
            retrieval=facts_pb2.Retrieval(body_sha256=hashlib.sha256(body).digest()),
        )
    ]
    host.blob = {hashlib.sha256(body).digest(): body}.get
    with_tools = tools(host)

    list(retrievals.PROBE.collect(with_tools))

    assert list(with_tools.blobs.values()) == [body]


def test_the_choice_made_in_a_child_is_the_choice_made_here():
    """Targets, notes, and why nothing could be chosen: all of it survives the way there and back."""
    host = Stores(ROOT=[ROOT, PUBLIC], CA=[ISSUING, SECOND, b"garbage"], NTAuth="denied")
    host.tenant = [facts_pb2.EntraAuthority(crl_url="http://pki.contoso.com/cloud.crl")]

    here = select(host, RetrievalConfig())
    there = select(ShownStores(json.loads(json.dumps(show(host)))), RetrievalConfig())

    assert there == here
    assert here.notes == ("no-right: NTAuth",)
    with pytest.raises(DeniedError, match="no-right: CA") as refused:
        list(retrievals.PROBE.collect(tools(Stores(CA="denied"))))
    assert refused.value.reason == "no-right"
