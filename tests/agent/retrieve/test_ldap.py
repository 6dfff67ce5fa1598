"""What CAs publish in a directory, read from a real one: OpenLDAP's slapd on loopback."""

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from farmsight_agent.retrieve import ldap_ber as ber
from farmsight_agent.retrieve.proxy import ProxyRules
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_wire.v1 import facts_pb2
from tests.agent.retrieve.conftest import TODAY, Ca
from tests.fakes import slapd

AIA, DELTA = facts_pb2.RETRIEVAL_PURPOSE_AIA, facts_pb2.RETRIEVAL_PURPOSE_DELTA
CDP = f"cn=Contoso Root,cn=pki01,cn=CDP,{slapd.PUBLIC}"
AIA_ENTRY = f"cn=Contoso Root,cn=AIA,{slapd.PUBLIC}"
SEARCH = "certificateRevocationList?base?objectClass=cRLDistributionPoint"  # as AD CS writes it

needs_slapd = pytest.mark.skipif(slapd.SLAPD is None, reason=slapd.MISSING)


def outcome(value: facts_pb2.Retrieval) -> str:
    return facts_pb2.RetrievalOutcome.Name(value.outcome).removeprefix("RETRIEVAL_OUTCOME_")


def pair(*certificates: bytes) -> bytes:
    """Return a CertificatePair: forward and reverse."""
    return ber.tlv(0x30, b"".join(ber.tlv(0xA0 + n, one) for n, one in enumerate(certificates)))


@pytest.fixture(scope="module")
def crl(ca: Ca) -> bytes:
    return ca.crl()


@pytest.fixture(scope="module")
def place(ca: Ca, crl: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    times = {"this_update": TODAY - timedelta(days=1), "next_update": TODAY + timedelta(days=6)}
    huge = bulk_crl(ca.root.certificate, ca.root.key, entries=140_000, **times)
    entries = [
        slapd.point(CDP, certificateRevocationList=[crl], deltaRevocationList=[ca.crl(revoked=(ca.other,))]),
        slapd.point(f"cn=Delta,{slapd.PUBLIC}", certificateRevocationList=[ca.crl(freshest="ldap:///cn=x")]),
        slapd.point(f"cn=Two,{slapd.PUBLIC}", certificateRevocationList=[ca.crl(ca.other), crl]),
        slapd.point(f"cn=Huge,{slapd.PUBLIC}", certificateRevocationList=[huge]),
        slapd.point(f"cn=Contoso Root,cn=Hidden,{slapd.SUFFIX}", certificateRevocationList=[ca.crl()]),
        slapd.point(f"cn=Contoso Root,cn=Shut,{slapd.SUFFIX}", certificateRevocationList=[ca.crl()]),
        slapd.point(f"cn=Contoso Root,cn=Half,{slapd.SUFFIX}", certificateRevocationList=[ca.crl()]),
        slapd.authority(AIA_ENTRY, ca.other.der, ca.root.der, ca.twin.der),
        slapd.authority(f"cn=Cross,cn=AIA,{slapd.PUBLIC}", pairs=[pair(ca.other.der, ca.root.der)]),
        slapd.referral(f"cn=Elsewhere,{slapd.PUBLIC}", "ldap://other.contoso.com/cn=x"),
    ]
    with slapd.directory(tmp_path_factory.mktemp("slapd"), entries) as where:
        yield where


@pytest.fixture
def read(place: str, fetch: Callable[..., facts_pb2.Retrieval]) -> Callable[..., facts_pb2.Retrieval]:
    """Read a URL of the directory by name, as a certificate has it."""

    def one(dn: str, search: str = SEARCH, **settings: object) -> facts_pb2.Retrieval:
        url = f"ldap://dc1.contoso.com/{quote(dn)}?{search}"
        return fetch(url, connect_to={"dc1.contoso.com:389": place}, **settings)

    return one


@needs_slapd
def test_a_crl_in_the_directory_is_told_whole(crl, read, place, blobs):
    value = read(CDP)

    assert outcome(value) == "OK", value.detail
    assert value.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    assert blobs[value.body_sha256] == crl
    assert value.size == len(crl)
    assert value.body_kind == facts_pb2.BODY_KIND_DER_CRL
    assert [hop.address for hop in value.hops] == [place]
    assert value.hops[0].url.startswith("ldap://dc1.contoso.com/cn%3DContoso%20Root")
    assert not value.remarks


@needs_slapd
@pytest.mark.parametrize(
    "search",
    [
        "certificateRevocationList;binary",
        "CERTIFICATEREVOCATIONLIST?base",
        "cn,certificateRevocationList?base?(objectClass=*)",
        "certificateRevocationList?sub?(%26(cn=contoso*)(!(cn=*fabrikam)))",
        "?",
        "*",
        "",
    ],
)
def test_attributes_scope_and_filter_are_taken_as_the_url_has_them(read, search):
    assert outcome(read(CDP, search)) == "OK"


@needs_slapd
def test_the_delta_crl_has_an_attribute_of_its_own(read):
    value = read(CDP, "deltaRevocationList?base?objectClass=cRLDistributionPoint", purpose=DELTA)

    assert outcome(value) == "OK", value.detail
    assert value.crl.entries == 1
    assert outcome(read(CDP, "", purpose=DELTA)) == "OK"


@needs_slapd
def test_of_several_crls_that_of_the_expected_ca_counts(crl, read, blobs):
    value = read(f"cn=Two,{slapd.PUBLIC}")

    assert value.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    assert blobs[value.body_sha256] == crl
    assert value.size == len(crl)
    assert list(value.remarks) == ["the entry holds 2 values"]


@needs_slapd
def test_every_certificate_of_an_entry_is_read_and_compared(ca, read):
    value = read(AIA_ENTRY, "cACertificate?base?objectClass=pkiCA", purpose=AIA)

    assert outcome(value) == "OK", value.detail
    assert {one.sha1 for one in value.certificates} == {ca.root.sha1, ca.other.sha1, ca.twin.sha1}
    assert value.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    assert value.issuer_match == facts_pb2.ISSUER_MATCH_SAME_CERTIFICATE


@needs_slapd
def test_cross_certificates_are_read_from_their_pairs(ca, read):
    value = read(f"cn=Cross,cn=AIA,{slapd.PUBLIC}", "crossCertificatePair", purpose=AIA)

    assert {one.sha1 for one in value.certificates} == {ca.root.sha1, ca.other.sha1}


@needs_slapd
@pytest.mark.parametrize(
    ("dn", "expected", "code", "words"),
    [
        (f"cn=Nobody,{slapd.PUBLIC}", "DIRECTORY_RESULT", 32, "no such object"),
        (f"cn=Contoso Root,cn=Hidden,{slapd.SUFFIX}", "DIRECTORY_RESULT", 32, "no such object"),
        (f"cn=Contoso Root,cn=Shut,{slapd.SUFFIX}", "DIRECTORY_RESULT", 50, "may not read"),
        (f"cn=Contoso Root,cn=Half,{slapd.SUFFIX}", "DIRECTORY_RESULT", 0, "holds no certificateRevocationList"),
        (AIA_ENTRY, "DIRECTORY_RESULT", 0, "no entry there"),
        ("no name at all", "DIRECTORY_RESULT", 34, "takes the name for none"),
        (f"cn=Elsewhere,{slapd.PUBLIC}", "REDIRECTS", 0, "ldap://other.contoso.com/cn=x"),
        (f"cn=Huge,{slapd.PUBLIC}", "TOO_LARGE", 0, "larger than"),
    ],
)
def test_what_a_directory_refuses_is_told_by_its_code(read, dn, expected, code, words):
    value = read(dn)

    assert (outcome(value), value.system_error) == (expected, code), value.detail
    assert words in value.detail
    assert not value.HasField("crl")


@needs_slapd
def test_a_directory_that_shuns_anonymous_readers_is_told(ca, fetch, tmp_path):
    entry = slapd.point(CDP, certificateRevocationList=[ca.crl()])
    with slapd.directory(tmp_path / "shy", [entry], anonymous=False) as where:
        value = fetch(f"ldap://dc1/{quote(CDP)}?{SEARCH}", connect_to={"dc1:389": where})

    assert (outcome(value), value.system_error) == ("DIRECTORY_RESULT", 48)
    assert "no anonymous bind" in value.detail


@needs_slapd
def test_the_delta_that_a_base_crl_in_the_directory_names_is_a_target(ca, run, place):
    """A Freshest CRL of ldap:/// leads where this machine has no directory."""
    url = f"ldap://dc1.contoso.com/cn=Delta,{quote(slapd.PUBLIC)}?{SEARCH}"

    base, delta = run(ca.target(url), connect_to={"dc1.contoso.com:389": place})

    assert outcome(base.retrieval) == "OK"
    assert delta.key == "delta ldap:///cn=x"
    assert outcome(delta.retrieval) == "NOT_POSSIBLE_HERE"
    assert list(delta.retrieval.remarks) == [f"named by the base CRL at {url}"]


@needs_slapd
def test_two_runs_that_read_the_same_entry_give_the_same_fact(ca, run, place):
    targets = [
        ca.target(f"ldap://dc1/{quote(dn)}?{search}", purpose)
        for dn, search, purpose in (
            (CDP, SEARCH, facts_pb2.RETRIEVAL_PURPOSE_CRL),
            (AIA_ENTRY, "cACertificate", AIA),
            ("cn=nobody", SEARCH, facts_pb2.RETRIEVAL_PURPOSE_CRL),
        )
    ]

    first, second = (
        [fact.SerializeToString(deterministic=True) for fact in run(*targets, connect_to={"dc1:389": place})]
        for _ in range(2)
    )

    assert first == second


def test_proxies_are_not_for_directories(fetch):
    """An HTTP proxy carries no LDAP, whatever the setting says."""
    rules = ProxyRules(by_scheme={"http": "proxy.invalid:8080"})

    value = fetch("ldap://no-such-name.invalid/cn=x", proxies=rules)

    assert (outcome(value), value.proxy) == ("NAME_NOT_RESOLVED", "")


def test_a_refused_port_is_told(fetch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    value = fetch(f"ldap://127.0.0.1:{port}/cn=x")

    assert (outcome(value), value.system_error) == ("REFUSED", errno.ECONNREFUSED)


def test_ldaps_is_remarked_and_its_server_must_be_trusted(fetch):
    with _peer(b"\x15\x03\x03\x00\x02\x02\x28") as port:  # a TLS alert: handshake failure
        value = fetch(f"ldaps://127.0.0.1:{port}/cn=x")

    assert outcome(value) == "TLS_FAILED"
    assert "ldaps: not among the schemes" in value.remarks[0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ldap:///CN=CA,DC=contoso?certificateRevocationList", "names no host"),
        ("LDAP:///", "is in no domain"),
    ],
)
def test_without_host_nothing_is_found_on_a_machine_outside_any_domain(fetch, url, words):
    value = fetch(url)

    assert outcome(value) == "NOT_POSSIBLE_HERE"
    assert words in value.detail
    assert value.took == facts_pb2.DURATION_CLASS_UNSPECIFIED


def test_responders_do_not_speak_ldap(fetch):
    value = fetch("ldap://dc1/cn=x", facts_pb2.RETRIEVAL_PURPOSE_OCSP)

    assert outcome(value) == "UNSUPPORTED_SCHEME"


# Peers that say what no directory would.

_BOUND = ber.message(1, ber.tlv(ber.BIND_RESPONSE, b"\x0a\x01\x00\x04\x00\x04\x00"))


def _done(code: int, words: bytes = b"", number: int = 2) -> bytes:
    result = bytes([0x0A, 1, code]) + ber.octets(b"") + ber.octets(words)
    return ber.message(number, ber.tlv(ber.SEARCH_DONE, result))


def _entry(value: bytes, number: int = 2) -> bytes:
    attribute = ber.octets(b"certificateRevocationList;binary") + ber.tlv(0x31, ber.octets(value))
    inner = ber.octets(b"cn=x") + ber.tlv(0x30, ber.tlv(0x30, attribute))
    return ber.message(number, ber.tlv(ber.SEARCH_ENTRY, inner))


class _peer:  # noqa: N801 - used like a function
    """A peer that answers everything it is sent with the same bytes, and then says nothing more."""

    def __init__(self, answer: bytes, *, hang: bool = False) -> None:
        self._answer, self._hang = answer, hang

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self._listener.getsockname()[1]

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        try:
            client, _ = self._listener.accept()
            with client:
                client.recv(4096)
                client.sendall(self._answer)
                if self._hang:
                    client.settimeout(5)
                while client.recv(4096):
                    pass
        except OSError:
            return


LONG_LENGTHS = bytes.fromhex("3084000000100201016184000000070a010004000400")  # as Active Directory writes them
AD_WORDS = b"000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be"


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "FAILED", "not an LDAP answer"),
        (b"", "TIMED_OUT", ""),
        (b"\x30\x84\x7f\xff\xff\xff", "TOO_LARGE", ""),
        (b"\x30\x80\x00\x00", "FAILED", "a length that is none"),
        (_BOUND[:9], "TIMED_OUT", ""),
        (_BOUND + _done(0), "DIRECTORY_RESULT", "no entry there"),
        (_BOUND + _done(0, number=7), "FAILED", "another question"),
        (_BOUND + _done(1, AD_WORDS), "DIRECTORY_RESULT", "wants a bind first"),
        (LONG_LENGTHS + _done(1, AD_WORDS), "DIRECTORY_RESULT", "wants a bind first"),
        (_BOUND + _done(8, b"00002028: LdapErr"), "DIRECTORY_RESULT", "a stronger bind"),
        (_BOUND + _done(53), "DIRECTORY_RESULT", "unwilling"),
        (_BOUND + _done(123), "DIRECTORY_RESULT", "LDAP result 123"),
        (_BOUND + _entry(b"no crl") + _done(0), "BAD_BODY", "the body is: other"),
        (_BOUND + _entry(b"x") * 100, "FAILED", "more than 64 messages"),
        (_BOUND + _entry(bytes(1000), number=2) * 2 + _done(4), "BAD_BODY", ""),
        (ber.message(0, ber.tlv(ber.EXTENDED_RESPONSE, b"\x0a\x01\x34\x04\x00\x04\x00")), "DIRECTORY_RESULT", "52"),
    ],
)
def test_a_peer_that_talks_strangely_has_an_outcome(fetch, answer, expected, words):
    with _peer(answer) as port:
        value = fetch(f"ldap://127.0.0.1:{port}/cn=x?certificateRevocationList;binary")

    assert outcome(value) == expected, value.detail
    assert words in value.detail
