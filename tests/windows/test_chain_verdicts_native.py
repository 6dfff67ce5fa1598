"""Wine's chain engine, asked through the real path: good, revoked, unreachable, slow, and what is no certificate.

Its verdicts are Wine's; that the bits and codes arrive is what is shown here.
"""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tests.fakes.pki import CLIENT_AUTH, SERVER_AUTH, Made, make
from tests.windows.bed.seeds import Entry, registry
from tests.windows.bed.wine_host import WineHost

ROOT = make("Contoso Chain Root")
ISSUING = make("Contoso Chain Issuing", ROOT)
REVOKED, OFFLINE, WRONG_USAGE, UNTRUSTED = 0x4, 0x1000000, 0x10, 0x20

LOOK = """
import json, sys, time
from pathlib import Path
from google.protobuf.json_format import MessageToDict
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows import chain_verdicts
from farmsight_agent.hosts.windows.api import tokens
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2
chain_verdicts.LIMIT_S = float(sys.argv[1])
account = Account(context=facts_pb2.CONTEXT_SYSTEM, name="it", sid=sys.argv[2] or tokens.own_identity().sid)
began = time.monotonic()
try:
    seen = chain_verdicts.verdicts(account, [Path(name) for name in sys.argv[3:]])
    print(json.dumps([MessageToDict(one) for one in seen.values]))
except NotObservedError as error:
    print(json.dumps([type(error).__name__, error.reason, time.monotonic() - began]))
"""
FLAGS = """
import sys
from pathlib import Path
from farmsight_agent.hosts.windows.api import crypt32
def refuse(engine, leaf, at, store, para, flags, *_):
    print(flags)
crypt32._get_chain = refuse
try:
    crypt32.chain(Path(sys.argv[1]).read_bytes(), "1.3.6.1.5.5.7.3.2", 1000)
except crypt32.Crypt32Error:
    pass
"""


def crl(*revoked: Made) -> bytes:
    now = datetime.now(UTC)
    built = x509.CertificateRevocationListBuilder(
        ISSUING.certificate.subject, now - timedelta(hours=1), now + timedelta(days=1)
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder(one.certificate.serial_number, now - timedelta(hours=1)).build()
        built = built.add_revoked_certificate(entry)
    return built.sign(ISSUING.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Point(ThreadingHTTPServer):
    """A distribution point: what it serves, and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.crl = crl()
        self.asked: list[str] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class _Answer(BaseHTTPRequestHandler):
    server: Point

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/slow.crl":
            time.sleep(5)
        body = b"" if self.path == "/missing.crl" else self.server.crl
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def point() -> Iterator[Point]:
    with Point() as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def leaf(url: str, *usages: x509.ObjectIdentifier, issuer: Made = ISSUING) -> Made:
    return make("alice", issuer, ca=False, usages=usages or (CLIENT_AUTH,), crls=(url,))


def ask(host: WineHost, *certificates: bytes, limit_s: float = 20, sid: str = "") -> Any:
    host.forget_revocation()
    host.registry(registry([Entry(store="ROOT", der=ROOT.der), Entry(store="CA", der=ISSUING.der)]))
    files = []
    for number, data in enumerate(certificates):
        files.append(rf"C:\users\Public\{number}.cer")
        host.put(files[-1], data)
    return json.loads(host.code(LOOK, str(limit_s), sid, *files))


def test_a_certificate_on_no_list_passes_and_one_on_it_is_revoked(shared_windows: WineHost, point: Point) -> None:
    alice, bob = leaf(point.url("issuing.crl")), leaf(point.url("issuing.crl"))
    point.crl = crl(bob)

    good, revoked = ask(shared_windows, alice.der, bob.der)

    assert [one["certificate"]["sha1"] for one in good["elements"]] == [alice.sha1, ISSUING.sha1, ROOT.sha1]
    assert good["revocationChecked"] == "TRISTATE_YES"
    assert good["elements"][0].get("errorStatus", 0) == 0
    assert revoked["revocationChecked"] == "TRISTATE_NO"
    assert revoked["revocationError"] == "0x80092010"  # CRYPT_E_REVOKED
    assert revoked["elements"][0]["errorStatus"] & REVOKED
    assert revoked["errorStatus"] & REVOKED
    assert "/issuing.crl" in point.asked


def test_a_distribution_point_that_gives_nothing_is_offline(shared_windows: WineHost, point: Point) -> None:
    (verdict,) = ask(shared_windows, leaf(point.url("missing.crl")).der)

    assert verdict["revocationError"] == "0x80092013"  # CRYPT_E_REVOCATION_OFFLINE
    assert verdict["elements"][0]["errorStatus"] & OFFLINE


def test_a_certificate_for_servers_is_of_the_wrong_usage(shared_windows: WineHost, point: Point) -> None:
    right, wrong = leaf(point.url("a.crl"), CLIENT_AUTH), leaf(point.url("a.crl"), SERVER_AUTH)

    first, second = ask(shared_windows, right.der, wrong.der)

    assert not first["errorStatus"] & WRONG_USAGE
    assert second["errorStatus"] & WRONG_USAGE


def test_a_root_that_nobody_trusts_is_the_chains_error(shared_windows: WineHost, point: Point) -> None:
    stranger = make("Stranger")

    (verdict,) = ask(shared_windows, stranger.der)

    assert verdict["errorStatus"] & UNTRUSTED
    assert verdict["chainError"] == "0x800b0109"  # CERT_E_UNTRUSTEDROOT


def test_no_root_is_fetched_for_a_store(shared_windows: WineHost) -> None:
    """Windows puts a root that it gets from Microsoft into a store: who only looks must not make it do so."""
    shared_windows.put(r"C:\users\Public\alice.cer", leaf("http://127.0.0.1:1/a.crl").der)

    assert int(shared_windows.code(FLAGS, r"C:\users\Public\alice.cer")) & 0x100


def test_our_own_limit_ends_a_check_that_takes_too_long(windows: WineHost, point: Point) -> None:
    kind, reason, took_s = ask(windows, leaf(point.url("slow.crl")).der, limit_s=1)

    assert (kind, reason) == ("TimedOutError", "no-answer")
    assert 1 <= took_s < 4


def test_pem_is_taken_as_well_and_each_certificate_once(shared_windows: WineHost, point: Point) -> None:
    alice = leaf(point.url("issuing.crl"))
    pem = alice.certificate.public_bytes(serialization.Encoding.PEM)

    assert len(ask(shared_windows, pem, alice.der)) == 1


def test_what_is_no_certificate_is_refused_by_its_code(shared_windows: WineHost) -> None:
    (verdict,) = ask(shared_windows, b"0\x03abc")

    assert verdict["chainError"].startswith("0x8009")  # CRYPT_E_ASN1_*
    assert verdict["elements"][0]["certificate"]["parseError"]


def test_a_private_key_is_not_taken(shared_windows: WineHost) -> None:
    key = ISSUING.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    assert ask(shared_windows, key)[:2] == ["FailedError", "private-key"]


def test_as_another_account_it_is_not_known(shared_windows: WineHost) -> None:
    assert ask(shared_windows, ROOT.der, sid="S-1-5-20")[:2] == ["UnavailableError", "other-account"]


def test_without_a_certificate_there_is_nothing_to_ask(shared_windows: WineHost) -> None:
    assert ask(shared_windows)[:2] == ["NotApplicableError", "none-configured"]


AS_ANOTHER = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from google.protobuf.json_format import MessageToDict
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.api import tokens
from farmsight_agent.outcome import UnavailableError
from farmsight_agent.probes.chain_verdicts import PROBE
from farmsight_wire.v1 import facts_pb2
def refuse(account):
    raise UnavailableError("other-account")
me = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="it", sid=tokens.own_identity().sid)
blobs = SimpleNamespace(keep=lambda data: b"")
retrieval = SimpleNamespace(user_certificates=[Path(name) for name in sys.argv[1:]])
host = SimpleNamespace(platform="windows", accounts=lambda: [me], chain_verdicts=refuse)
tools = SimpleNamespace(
    host=host, blobs=blobs, config=SimpleNamespace(retrieval=retrieval), contexts=ContextRunner(blobs, blob_limit=0)
)
(part,) = PROBE.run(tools)
print(json.dumps([part.reason, part.context, [MessageToDict(fact) for fact in part.facts]]))
"""


def test_a_child_asks_as_another_account(shared_windows: WineHost, point: Point) -> None:
    """Wine knows one user only: that it is another account's cache and proxy, a real server has to show."""
    alice, bob = leaf(point.url("children.crl")), leaf(point.url("children.crl"))
    point.crl = crl(bob)
    ask(shared_windows, alice.der, bob.der, sid="S-1-5-20")  # puts the files there, and asks nothing
    files = [rf"C:\users\Public\{number}.cer" for number in range(2)]

    reason, context, facts = json.loads(shared_windows.code(AS_ANOTHER, *files))

    assert (reason, context) == ("", 2)
    assert [fact["key"] for fact in facts] == [alice.sha1, bob.sha1]
    assert [fact["chainVerdict"].get("revocationError", "") for fact in facts] == ["", "0x80092010"]
    assert facts[0]["askedBy"]["sid"] == "S-1-5-21-0-0-0-1000"
