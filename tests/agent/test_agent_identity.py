"""Tokens, first contact and the files of an identity."""

import base64
import contextlib
import stat

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent import first_contact
from farmsight_agent.enroll import enroll
from farmsight_agent.identity import IdentityError, IdentityStore, JoinToken
from farmsight_wire.v1 import enrolment_pb2
from tests.fakes.collectors import DER, FakeCa, FakeCollector, collector_with_agent


def token_of(data: bytes) -> str:
    return "fs1." + base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(st.binary(min_size=56, max_size=56))
def test_a_token_carries_the_fingerprint_of_the_ca(data):
    assert JoinToken.parse(f" {token_of(data)}\n").ca_sha256 == data[24:]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "fs1."),
        ("fs2.AAAA", "fs1."),
        ("fs1.", "0 bytes"),
        ("fs1.!!!!", "damaged"),
        (token_of(b"x" * 55), "55 bytes"),
        ("fs1." + "é" * 75, "damaged"),
    ],
)
def test_a_broken_token_says_what_is_wrong_with_it(text, says):
    with pytest.raises(IdentityError, match=says):
        JoinToken.parse(text)


@given(st.text())
def test_no_text_breaks_the_reader_of_tokens(text):
    with contextlib.suppress(IdentityError):
        JoinToken.parse("fs1." + text)


def test_enrolment_leaves_files_that_only_the_owner_reads_and_a_configuration(tmp_path):
    with collector_with_agent(tmp_path) as (_, port, enrolment_port):
        store = IdentityStore(tmp_path)
        assert stat.S_IMODE(store.key_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
        assert store.membership().server == "WAP01"
        assert store.not_after() > store.renew_after()
        text = (tmp_path / "agent.toml").read_text()
        assert f"127.0.0.1:{port}" in text
        assert f"127.0.0.1:{enrolment_port}" in text


def test_a_second_enrolment_does_not_touch_the_first(tmp_path):
    with (
        collector_with_agent(tmp_path) as (collector, port, enrolment_port),
        pytest.raises(IdentityError, match="an identity already"),
    ):
        list(enroll(collector.token, f"127.0.0.1:{port}", f"127.0.0.1:{enrolment_port}", None, tmp_path))


def test_a_server_that_does_not_show_the_pinned_ca_gets_no_token(tmp_path):
    collector = FakeCollector()
    port, enrolment_port = collector.start()
    try:
        other = token_of(b"x" * 24 + FakeCa().sha256)
        with pytest.raises(IdentityError, match="not the collector that this token was made for"):
            list(enroll(other, f"127.0.0.1:{port}", f"127.0.0.1:{enrolment_port}", None, tmp_path))
    finally:
        collector.stop()


def test_nobody_there_is_named(tmp_path):
    with pytest.raises(IdentityError, match=r"127\.0\.0\.1:1 can't be reached"):
        first_contact.contact("127.0.0.1:1", b"x" * 32)


def test_a_certificate_for_another_key_or_of_another_ca_changes_nothing(tmp_path):
    ca, other = FakeCa(), FakeCa("other")
    store = IdentityStore(tmp_path)
    key = store.key().public_key()
    good = ca.issue("agent", key)

    def identity(leaf: x509.Certificate, root: x509.Certificate) -> enrolment_pb2.Identity:
        return enrolment_pb2.Identity(chain_der=[leaf.public_bytes(DER), root.public_bytes(DER)])

    store.accept(identity(good, ca.certificate), ca_sha256=ca.sha256)
    before = store.chain_file.read_bytes()
    for wrong in (
        identity(ca.issue("agent", IdentityStore(tmp_path / "b").key().public_key()), ca.certificate),
        identity(other.issue("agent", key), other.certificate),
        identity(other.issue("agent", key), ca.certificate),
        enrolment_pb2.Identity(chain_der=[b"x", b"y"]),
        enrolment_pb2.Identity(),
    ):
        with pytest.raises(IdentityError):
            store.accept(wrong)
        assert store.chain_file.read_bytes() == before


def test_a_damaged_key_file_says_what_to_do(tmp_path):
    store = IdentityStore(tmp_path)
    store.key()
    store.key_file.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(IdentityError, match="enroll"):
        store.key()
