"""How what an AIA URL offers stands to the issuer that this server's chain has."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from farmsight_lab.servers import answers
from farmsight_wire.v1 import facts_pb2
from tests.agent.retrieve.conftest import TODAY, Ca
from tests.fakes.pki import Made, make

AIA = facts_pb2.RETRIEVAL_PURPOSE_AIA
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


def match(value: facts_pb2.Retrieval) -> str:
    return facts_pb2.IssuerMatch.Name(value.issuer_match).removeprefix("ISSUER_MATCH_")


@pytest.fixture(scope="module")
def renewed(ca: Ca) -> Made:
    """The root once more, with its old key."""
    return make("Lab Root", key=ca.root.key, begins=TODAY, ends=TODAY + timedelta(days=3000))


@pytest.fixture(scope="module")
def crossed(ca: Ca) -> Made:
    """The root's name and key, certified by another root."""
    return make("Lab Root", ca.other, key=ca.root.key, begins=TODAY, ends=TODAY + timedelta(days=900))


def bundle(*made: Made, encoding: serialization.Encoding = DER) -> bytes:
    return pkcs7.serialize_certificates([one.certificate for one in made], encoding)


def test_the_very_certificate_of_the_chain_is_told(ca, server, fetch):
    server.put("/ca.crt", answers.certificate(ca.root.der))

    assert match(fetch(server.url("/ca.crt"), AIA)) == "SAME_CERTIFICATE"


def test_a_renewed_ca_certificate_is_another_with_the_same_key(ca, renewed, server, fetch):
    """It verifies what the old one signed, so the chain can be built with either."""
    server.put("/ca.crt", answers.certificate(renewed.der))

    value = fetch(server.url("/ca.crt"), AIA)

    assert match(value) == "SAME_KEY"
    assert value.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    assert value.expected_issuer_sha1 == renewed.sha1


def test_a_cross_certificate_is_another_with_the_same_key(crossed, server, fetch):
    server.put("/ca.crt", answers.certificate(crossed.der))

    assert match(fetch(server.url("/ca.crt"), AIA)) == "SAME_KEY"


def test_a_ca_that_took_a_new_key_has_the_name_alone(ca, server, fetch):
    server.put("/ca.crt", answers.certificate(ca.twin.der))

    value = fetch(server.url("/ca.crt"), AIA)

    assert (match(value), value.signature) == ("SAME_NAME", facts_pb2.SIGNATURE_CHECK_FAILED)


def test_another_ca_is_told(ca, server, fetch):
    server.put("/ca.crt", answers.certificate(ca.other.der))

    assert match(fetch(server.url("/ca.crt"), AIA)) == "OTHER"


@pytest.mark.parametrize("encoding", [DER, PEM])
def test_of_a_bundle_the_nearest_counts_in_whatever_order(ca, renewed, crossed, server, fetch, encoding):
    for made, expected in (
        ((ca.other, ca.twin, renewed), "SAME_KEY"),
        ((crossed, ca.root, ca.other), "SAME_CERTIFICATE"),
        ((ca.other, ca.twin), "SAME_NAME"),
    ):
        server.put("/ca.p7b", answers.certificate(bundle(*made, encoding=encoding)))
        value = fetch(server.url("/ca.p7b"), AIA)

        assert match(value) == expected
        assert len(value.certificates) == len(made)


def test_pem_blocks_one_behind_the_other_are_all_read(ca, renewed, server, fetch):
    text = b"".join(one.certificate.public_bytes(PEM) for one in (ca.other, renewed))
    server.put("/ca.pem", answers.certificate(text))

    value = fetch(server.url("/ca.pem"), AIA)

    assert (match(value), len(value.certificates)) == ("SAME_KEY", 2)


@pytest.mark.parametrize("issuer", [None, b"\x30\x00", b"no certificate"])
def test_without_the_chains_issuer_nothing_is_compared(ca, server, run, issuer):
    server.put("/ca.crt", answers.certificate(ca.root.der))

    (fact,) = run(replace(ca.target(server.url("/ca.crt"), AIA), issuer_der=issuer))

    assert match(fact.retrieval) == "UNSPECIFIED"
    assert fact.retrieval.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK


def test_a_bundle_without_certificates_is_a_bad_body(ca, server, fetch):
    empty = bytes.fromhex("3023 06092a864886f70d010702 a016 3014 020101 3100 300b 06092a864886f70d010701 3100")
    server.put("/ca.p7b", answers.certificate(empty))

    value = fetch(server.url("/ca.p7b"), AIA)

    assert value.outcome == facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY
    assert match(value) == "UNSPECIFIED"
