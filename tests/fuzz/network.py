"""Targets that take what servers answer: directories, responders, time servers, proxy settings by the network."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as x509_ocsp

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.windows.network import sntp
from farmsight_agent.normalise import der
from farmsight_agent.retrieve import ldap, ldap_ber, ldap_filter, ocsp, proxy_lists
from farmsight_agent.retrieve import url as urls
from farmsight_agent.retrieve.ldap_url import parse_ldap
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.sniff import cut_off, pem_to_der, sniff
from farmsight_agent.retrieve.target import Target
from farmsight_agent.retrieve.trouble import RetrievalTroubleError, from_system
from farmsight_wire.v1 import facts_pb2
from tests.agent.hosts.windows.test_sntp import MARK, SENT, reply
from tests.fakes.pki import ISSUING, ROOT, crl_der
from tests.fuzz.checks import expect, reasoned_only

LIMITS = Limits(max_bytes=64 * 1024)
URL = parse_ldap("ldap://dc1.contoso.com/cn=ca,dc=contoso?certificateRevocationList?base?(objectClass=*)")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TARGET = Target(
    purpose=facts_pb2.RETRIEVAL_PURPOSE_OCSP, url="http://pki/ocsp", issuer_der=ROOT.der, subject_der=ISSUING.der
)


class _Said:
    """A connection on which a server says these bytes and ends."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def settimeout(self, seconds: float) -> None:
        expect(seconds > 0, "a wait without a limit")

    def sendall(self, data: bytes) -> None:
        expect(bool(data), "nothing sent")

    def recv_into(self, buffer: Any) -> int:
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def directory(data: bytes) -> None:
    """Whatever a directory says, it is values within the limits, or a reason."""
    connection: Any = _Said(data)
    try:
        found = ldap.read(connection, URL, URL.attributes, Deadline(SystemClock(), 60.0), LIMITS)
    except RetrievalTroubleError as error:
        expect(error.system_error >= 0 and len(error.detail) < 1000, f"the reason {error}")
        return
    expect(len(found.values) <= ldap.MOST_VALUES, "more values than are taken")
    expect(sum(len(value) for _, value in found.values) <= len(data), "more bytes than came")


def ldap_text(data: bytes) -> None:
    """Any text out of a certificate is an LDAP URL that can be asked for, or is refused."""
    text = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(ValueError):
        url = parse_ldap(text)
        expect(0 < url.port < 65536 and url.host.isascii() and "\0" not in url.dn, "a place that is none")
        expect(parse_ldap(url.text).dn == url.dn, f"another entry: {url.text!r}")
        expect("@" not in url.text.partition("://")[2].partition("/")[0], "credentials are left in it")
        with contextlib.suppress(ValueError):
            made = ldap_filter.encode(url.filter)
            expect(der.element(made, 0, len(made)).end == len(made), "a filter of a wrong length")
    with contextlib.suppress(ValueError):
        ldap_filter.encode(text)


def responder(data: bytes) -> None:
    """Whatever a responder answers, it is a status or a reason."""
    into = facts_pb2.Retrieval()
    with contextlib.suppress(RetrievalTroubleError):
        ocsp.judge(TARGET, data, into, lambda _data: b"", NOW)
        into.SerializeToString()
    with contextlib.suppress(RetrievalTroubleError):
        ocsp.status_in(data, TARGET)
    ocsp.echoes(data, b"x" * 32)


def body(data: bytes) -> None:
    """Any body is of some kind."""
    sniff(data)
    cut_off(data)
    pem_to_der(data)


def time_server(data: bytes) -> None:
    """Any packet is an offset, or no answer to the question."""
    with reasoned_only():
        ahead = sntp.offset(data, MARK, SENT, SENT + timedelta(milliseconds=20))
        expect(abs(ahead) < 1 << 33, f"{ahead} s")


def proxy_list(data: bytes) -> None:
    """Any proxy and bypass list serves a URL or not, in time that grows no faster than it."""
    text = data.decode("utf-8", "replace")
    url = urls.parse("http://pki.contoso.com:8080/a.crl")
    proxy_lists.bypassed(text, url)
    with contextlib.suppress(ValueError):
        for one in proxy_lists.ways(text, url):
            expect(one is None or (0 < one.port < 65536 and "@" not in one.text), f"{one}")
    from_system(OSError(int.from_bytes(data[:2], "little"), text[:100]))


def directory_seeds() -> list[bytes]:
    """Return conversations: an entry with a CRL, none, a refusal, a referral, a goodbye."""
    ok = ldap_ber.tlv(0x0A, b"\0") + ldap_ber.octets(b"") + ldap_ber.octets(b"")
    refused = ldap_ber.tlv(0x0A, b"\x32") + ldap_ber.octets(b"") + ldap_ber.octets(b"000004DC: LdapErr: DSID")
    referral = ldap_ber.tlv(0x0A, b"\x0a") + ok[3:] + ldap_ber.tlv(0xA3, ldap_ber.octets(b"ldap://evil.test/"))
    bound = ldap_ber.message(1, ldap_ber.tlv(ldap_ber.BIND_RESPONSE, ok))
    values = ldap_ber.tlv(0x31, ldap_ber.octets(crl_der(ISSUING)))
    attribute = ldap_ber.tlv(0x30, ldap_ber.octets(b"certificateRevocationList;binary") + values)
    entry = ldap_ber.tlv(ldap_ber.SEARCH_ENTRY, ldap_ber.octets(b"cn=ca") + ldap_ber.tlv(0x30, attribute))
    done = ldap_ber.message(2, ldap_ber.tlv(ldap_ber.SEARCH_DONE, ok))
    return [
        bound + ldap_ber.message(2, entry) + done,
        bound + done + ldap_ber.message(3, ldap_ber.tlv(ldap_ber.SEARCH_DONE, ok)),
        bound + ldap_ber.message(2, ldap_ber.tlv(ldap_ber.SEARCH_DONE, refused)),
        bound + ldap_ber.message(2, ldap_ber.tlv(ldap_ber.SEARCH_DONE, referral)),
        bound + ldap_ber.message(0, ldap_ber.tlv(ldap_ber.EXTENDED_RESPONSE, ok)),
        ldap_ber.message(1, ldap_ber.tlv(ldap_ber.BIND_RESPONSE, refused)),
        bound + b"\x30\x84\xff\xff\xff\xff",
    ]


def ldap_text_seeds() -> list[bytes]:
    """Return LDAP URLs as CAs write them, and filters."""
    return [
        b"ldap:///CN=Contoso%20Root,CN=CDP,DC=contoso?certificateRevocationList?base?objectClass=cRLDistributionPoint",
        b"ldap://user:secret@dc1.contoso.com:3268/cn=a\\,b?cACertificate;binary,crossCertificatePair?sub?(&(a=b*c)(!(d>=e\\2a)))",
        b"ldaps://[2001:db8::7]:636/dc=x??one?(|(a=*)(b~=\xc3\xa9))?!1.2.3=x",
    ]


def responder_seeds() -> list[bytes]:
    """Return answers of a responder: good, refused."""
    made = (
        x509_ocsp.OCSPResponseBuilder()
        .add_response(
            cert=ISSUING.certificate,
            issuer=ROOT.certificate,
            algorithm=hashes.SHA1(),  # as responders of Windows do
            cert_status=x509_ocsp.OCSPCertStatus.GOOD,
            this_update=NOW - timedelta(hours=1),
            next_update=NOW + timedelta(days=1),
            revocation_time=None,
            revocation_reason=None,
        )
        .responder_id(x509_ocsp.OCSPResponderEncoding.NAME, ROOT.certificate)
        .add_extension(x509.OCSPNonce(b"x" * 32), critical=False)
        .sign(ROOT.key, hashes.SHA256())
    )
    refused = x509_ocsp.OCSPResponseBuilder.build_unsuccessful(x509_ocsp.OCSPResponseStatus.TRY_LATER)
    return [one.public_bytes(serialization.Encoding.DER) for one in (made, refused)]


def body_seeds() -> list[bytes]:
    """Return bodies of every kind."""
    pem = ISSUING.certificate.public_bytes(serialization.Encoding.PEM)
    return [crl_der(ISSUING), ISSUING.der, pem, responder_seeds()[0], b"<!DOCTYPE html><html>"]


def time_server_seeds() -> list[bytes]:
    """Return packets of a time server."""
    return [reply(SENT), reply(SENT, leap=3), reply(SENT, stratum=0), reply(datetime(2040, 1, 1, tzinfo=UTC))]


def proxy_list_seeds() -> list[bytes]:
    """Return lists of proxies and of what goes past them."""
    return [
        b"http=p1:3128;https=p2;p3 http://user:secret@p4:99; DIRECT",
        b"*.contoso.com;<local>;http://*:8080;[2001:db8::*]:80;" + b"*a" * 50,
    ]
