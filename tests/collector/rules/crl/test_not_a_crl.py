"""crl.not-a-crl."""

import pytest

from farmsight_collector.rules.crl.not_a_crl import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import URL, World, found, judged, retrieval, untold


@pytest.mark.parametrize(
    ("body", "word"), [("HTML", "an HTML page"), ("EMPTY", "nothing"), ("PEM_CRL", "PEM"), ("OTHER", "no CRL")]
)
def test_what_came_instead_is_named(body: str, word: str) -> None:
    kind = facts_pb2.BodyKind.Value(f"BODY_KIND_{body}")
    world = World().put("STS01", retrieval(outcome="BAD_BODY", body_kind=kind, http_status=200))

    assert found(RULE, world) == [(URL, ("STS01",), ("system",), "error")]
    assert word in judged(RULE, world).findings[0].title


def test_a_mirror_that_works_makes_it_a_warning() -> None:
    world = World().put("STS01", retrieval(outcome="BAD_BODY"), retrieval("http://mirror.contoso.com/root.crl"))

    assert [f[3] for f in found(RULE, world)] == ["warning"]


def test_a_der_crl_is_one_and_unknown_accounts_can_not_tell() -> None:
    assert found(RULE, World().put("STS01", retrieval(body_kind=facts_pb2.BODY_KIND_DER_CRL))) == []
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
