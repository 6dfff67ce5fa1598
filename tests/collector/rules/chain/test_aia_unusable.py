"""chain.aia-unusable."""

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from farmsight_collector.rules.chain.aia_unusable import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, ROOT, Made, World, extended, found, judged, make, retrieval, stored, tenant, untold

AIA = "http://pki.contoso.com/root.crt"


def fetch(outcome: str = "OK", **fields: object):
    return retrieval(AIA, "system", purpose="aia", outcome=outcome, named_by=(ISSUING,), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["REFUSED", "HTTP_STATUS", "BAD_BODY", "TOO_LARGE"])
def test_a_url_without_a_certificate_is_worth_knowing(outcome: str) -> None:
    assert found(RULE, World().put("WAP01", fetch(outcome))) == [(AIA, ("WAP01",), ("system",), "info")]


def test_more_bytes_than_windows_takes_are_named_with_the_limit() -> None:
    world = World().put("WAP01", fetch(size=100_001))

    assert [f[0] for f in found(RULE, world)] == [AIA]
    assert "MaxAIAUrlRetrievalByteCount" in judged(RULE, world).findings[0].limit_used


def test_a_certificate_of_usual_size_is_right() -> None:
    assert found(RULE, World().put("WAP01", fetch(size=100_000))) == []
    assert untold(RULE, World().put("WAP01", fetch(size=100_000))) == []


@pytest.mark.parametrize(
    ("match", "said"),
    [("OTHER", "another CA's certificate"), ("SAME_NAME", "another key"), ("SAME_KEY", ""), ("SAME_CERTIFICATE", "")],
)
def test_what_comes_is_the_chains_issuer(match: str, said: str) -> None:
    world = World().put("WAP01", fetch(issuer_match=facts_pb2.IssuerMatch.Value(f"ISSUER_MATCH_{match}")))

    titles = [one.title for one in judged(RULE, world).findings]
    assert [said in title for title in titles] == ([True] if said else [])


def many(count: int) -> Made:
    urls = [x509.UniformResourceIdentifier(f"http://pki.contoso.com/{n}.crt") for n in range(count)]
    access = x509.AuthorityInformationAccess([x509.AccessDescription(Access.CA_ISSUERS, url) for url in urls])
    return extended(make("Verbose CA", ROOT), ROOT, access, critical=False)


@pytest.mark.parametrize(("count", "names"), [(6, ["WAP01"]), (5, [])])
def test_more_urls_than_are_tried_are_named_on_the_servers_that_hold_the_ca(count: int, names: list[str]) -> None:
    made = many(count)
    world = World().put("WAP01", stored("CA", made)).put("STS01", tenant(made), stored("NTAuth", made))
    world.blobs.append(made.der)

    assert [name for f in found(RULE, world) for name in f[1] if name == "WAP01"] == names


def test_accounts_that_are_not_known_can_not_be_told() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
