"""crl.needs-authentication."""

import pytest

from farmsight_collector.rules.crl.needs_authentication import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import URL, World, found, retrieval, untold


@pytest.mark.parametrize(("status", "fires"), [(401, True), (403, True), (404, False), (503, False)])
def test_logins_and_bans(status: int, fires: bool) -> None:
    world = World().put("STS01", retrieval(outcome="HTTP_STATUS", http_status=status))

    assert found(RULE, world) == ([(URL, ("STS01",), ("system",), "error")] if fires else [])


def test_a_redirect_to_https_is_out_of_reach_and_one_to_http_is_not() -> None:
    for location, count in (("https://pki.contoso.com/root.crl", 1), ("http://cdn.contoso.com/root.crl", 0)):
        hop = facts_pb2.Hop(url=URL, http_status=302, location=location)
        world = World().put("STS01", retrieval(outcome="TLS_FAILED", hops=[hop]))

        assert len(found(RULE, world)) == count


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
