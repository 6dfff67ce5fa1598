"""crl.wrong-issuer."""

import pytest

from farmsight_collector.rules.crl.wrong_issuer import RULE
from tests.fakes.pki import ISSUING, ROOT, URL, World, crl, found, judged, retrieval, untold


@pytest.mark.parametrize("signature", ["FAILED", "WRONG_ISSUER"])
def test_another_cas_crl_is_named_with_both_names(signature: str) -> None:
    made = retrieval(body=crl(ISSUING), signature=signature, expected_issuer_sha1=ROOT.sha1)
    world = World().put("STS01", made)

    assert found(RULE, world) == [(URL, ("STS01",), ("system",), "error")]
    assert ROOT.subject in judged(RULE, world).findings[0].title


@pytest.mark.parametrize("signature", ["VERIFIED", "ISSUER_NOT_AVAILABLE", "UNSUPPORTED"])
def test_what_could_not_be_checked_is_not_wrong(signature: str) -> None:
    assert found(RULE, World().put("STS01", retrieval(signature=signature))) == []


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
