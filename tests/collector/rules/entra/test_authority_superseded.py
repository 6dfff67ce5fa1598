"""A CA whose new key the tenant does not list is found."""

from datetime import timedelta

from farmsight_collector.rules.entra.authority_superseded import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ISSUING, NO, SIGN_IN, cannot_tell, fires, healthy, silent, summary
from tests.fakes.farms import NOW


def renewed(plan, issuer="Contoso Root CA"):
    certificate = summary(ISSUING, sha1="ab" * 20, blob_sha256=b"", subject_key_identifier="aa" * 20,
                          not_before=NOW - timedelta(days=10))  # fmt: skip
    for name in SIGN_IN:
        plan.put(name, f"CA/{'ab' * 20}", pb.StoreCertificate(store="CA", certificate=certificate))
    return certificate


def listings_only(plan):
    """Take the bytes away: names and key identifiers are then all that tells keys apart."""
    plan.blobs.clear()


def test_it_is_found():
    plan = healthy()
    listings_only(plan)
    renewed(plan)
    fires(RULE, plan, subject="CN=Contoso Issuing CA 1")


def test_both_keys_listed_is_right():
    plan = healthy()
    listings_only(plan)
    plan.put(
        "STS01", "ab" * 20, pb.EntraAuthority(root=NO, certificate=renewed(plan), crl_url="http://p.contoso.com/1")
    )
    silent(RULE, plan)


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)
