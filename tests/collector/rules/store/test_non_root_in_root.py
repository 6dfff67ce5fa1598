"""store.non-root-in-root."""

from farmsight_collector.rules.store.non_root_in_root import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, ROOT, World, found, judged, make, stored, untold


def test_an_issuing_ca_among_the_roots_is_named() -> None:
    world = World().put("STS01", stored("ROOT", ISSUING))

    assert found(RULE, world) == [(ISSUING.subject, ("STS01",), (), "critical")]


def test_any_certificate_counts_also_from_a_listing() -> None:
    leaf = make("server.contoso.com", ROOT, ca=None)

    assert found(RULE, World().put("WAP01", stored("ROOT", leaf, der=False)))[0][:2] == (leaf.subject, ("WAP01",))


def test_group_policy_is_named_as_what_puts_it_back() -> None:
    world = World().put("STS01", stored("ROOT", ISSUING, facts_pb2.STORE_ORIGIN_GROUP_POLICY))

    assert "Group Policy" in judged(RULE, world).findings[0].remedy[0].check


def test_what_a_linux_package_ships_is_no_matter() -> None:
    assert found(RULE, World().put("WAP01", stored("ROOT", ISSUING, facts_pb2.STORE_ORIGIN_PACKAGE))) == []


def test_a_certificate_that_does_not_parse_can_not_be_judged() -> None:
    broken = stored("ROOT", make("x"))
    broken.store_certificate.certificate.CopyFrom(
        facts_pb2.CertificateSummary(sha1="ab" * 20, parse_error="not a certificate")
    )
    broken.key = f"ROOT/{'ab' * 20}"
    world = World().put("WAP01", broken)

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", None)]
    assert untold(RULE, World().blinded("WAP02", "certificate-stores", "ROOT")) == [("WAP02", None)]
