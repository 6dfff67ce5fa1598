"""A CRL of another CA, or of another key, at a URL of the tenant is named."""

import hashlib

import pytest

from farmsight_collector.rules.entra.crl_wrong_issuer import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact
from tests.fakes.pki import (
    ISSUING,
    ISSUING_URL,
    ROOT,
    Made,
    World,
    crl,
    crl_der,
    found,
    judged,
    make,
    retrieval,
    summary,
    tenant,
    untold,
)

RENEWED = make("Contoso Issuing CA 1", ROOT)


def key_of(made: Made) -> str:
    return summary(made).subject_key_identifier


def farm(body: facts_pb2.CrlSummary, data: bytes = b"", signature: str = "ISSUER_NOT_AVAILABLE", **fields: object):
    """Return a farm on which every server fetched this from the URL of the issuing CA's object."""
    world = World(tenant=False).put("STS01", tenant(ISSUING, crl_url=ISSUING_URL))
    for name, role in world.roles.items():
        for context in ("system", "adfs-service" if role == "adfs" else "network-service"):
            world.put(name, retrieval(ISSUING_URL, context, body=body, signature=signature, **fields))
    world.blobs.append(data)
    return world


def blob(data: bytes) -> dict[str, bytes]:
    return {"blob_sha256": hashlib.sha256(data).digest()}


def test_a_crl_that_another_ca_made_out_is_found() -> None:
    world = farm(crl(ROOT))

    assert found(RULE, world) == [(ISSUING_URL, (), (), "error")]
    assert "CN=Contoso Root CA" in judged(RULE, world).findings[0].title


def test_a_crl_of_the_renewed_key_is_found_by_its_key_identifier() -> None:
    world = farm(crl(RENEWED, authority_key_identifier=key_of(RENEWED)))

    assert [f[0] for f in found(RULE, world)] == [ISSUING_URL]


def test_a_crl_of_the_renewed_key_is_found_by_its_signature() -> None:
    data = crl_der(RENEWED)

    assert [f[0] for f in found(RULE, farm(crl(RENEWED, **blob(data)), data))] == [ISSUING_URL]


def test_what_the_agent_checked_for_this_very_ca_counts() -> None:
    checked = {"signature": "FAILED", "expected_issuer_sha1": ISSUING.sha1}

    assert [f[0] for f in found(RULE, farm(crl(ISSUING), **checked))] == [ISSUING_URL]


def test_a_check_against_another_ca_does_not_count() -> None:
    data = crl_der(ISSUING)
    world = farm(crl(ISSUING, **blob(data)), data, signature="FAILED", expected_issuer_sha1=RENEWED.sha1)

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


@pytest.mark.parametrize("how", ["key", "bytes", "agent"])
def test_the_cas_own_crl_is_right(how: str) -> None:
    data = crl_der(ISSUING)
    world = {
        "key": lambda: farm(crl(ISSUING, authority_key_identifier=key_of(ISSUING))),
        "bytes": lambda: farm(crl(ISSUING, **blob(data)), data),
        "agent": lambda: farm(crl(ISSUING), signature="VERIFIED", expected_issuer_sha1=ISSUING.sha1),
    }[how]()

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_one_name_without_key_and_signature_proves_nothing() -> None:
    world = farm(crl(ISSUING))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_names_of_a_listing_are_not_compared_with_those_of_a_crl() -> None:
    """Text that some tool printed is not the name itself."""
    value = facts_pb2.EntraAuthority(crl_url=ISSUING_URL)
    value.certificate.sha1, value.certificate.subject = ISSUING.sha1, "E=pki@contoso.com, CN=Contoso Issuing CA 1"
    world = farm(crl(ISSUING)).put("STS01", fact(value, ISSUING.sha1))

    assert found(RULE, world) == []


def test_one_server_that_meets_a_wrong_mirror_is_not_what_entra_meets() -> None:
    world = farm(crl(ISSUING, authority_key_identifier=key_of(ISSUING)))
    world.put("WAP01", retrieval(ISSUING_URL, body=crl(ROOT)))

    assert found(RULE, world) == []


def test_the_tenant_not_known_is_in_doubt() -> None:
    assert untold(RULE, World(tenant=False)) == [(None, None)]
