"""crl.expired."""

from datetime import timedelta

from farmsight_collector.rules.crl.expired import RULE
from tests.fakes.pki import ROOT, URL, World, crl, found, judged, retrieval, untold

OVER = crl(ends=timedelta(minutes=-1))


def test_an_expired_crl_is_named_where_it_is_served() -> None:
    assert found(RULE, World().put("STS01", retrieval(body=OVER))) == [(URL, ("STS01",), ("system",), "critical")]


def test_the_crl_of_a_root_is_called_so() -> None:
    world = World().put("STS01", retrieval(body=OVER, expected_issuer_sha1=ROOT.sha1))

    assert "root CA's CRL" in judged(RULE, world).findings[0].title


def test_beside_a_current_mirror_it_is_a_warning() -> None:
    world = World().put("STS01", retrieval(body=OVER), retrieval("http://mirror.contoso.com/root.crl"))

    assert found(RULE, world) == [(URL, ("STS01",), ("system",), "warning")]


def test_a_crl_without_end_never_expires() -> None:
    assert found(RULE, World().put("STS01", retrieval(body=crl(ends=None, publish=None)))) == []


def test_unknown_accounts_can_not_tell() -> None:
    world = World().put("STS01", retrieval(body=OVER)).blinded("STS02", "retrievals", "", "system")

    assert found(RULE, world) == [(URL, ("STS01",), ("system",), "critical")]
    assert untold(RULE, world) == [("STS02", "system")]
