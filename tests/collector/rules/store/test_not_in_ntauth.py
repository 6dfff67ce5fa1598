"""store.not-in-ntauth."""

from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_collector.rules.store.not_in_ntauth import RULE
from tests.fakes.pki import ISSUING, ROOT, World, found, host, make, stored, tenant, untold

KEY = f"NTAuth/{ISSUING.sha1}"


def world() -> World:
    return World().take("STS01", KEY).take("STS02", KEY)


def test_an_issuing_ca_that_ntauth_lacks_is_a_warning_on_ad_fs_servers() -> None:
    assert found(RULE, world()) == [(ISSUING.subject, ("STS01", "STS02"), (), "warning")]


def test_the_root_in_ntauth_is_enough_for_some_sources() -> None:
    made = world().put("STS01", stored("NTAuth", ROOT)).put("STS02", stored("NTAuth", ROOT))

    assert [f[3] for f in found(RULE, made)] == ["info"]


def test_a_workgroup_has_no_ntauth() -> None:
    made = world().put("STS01", host("STS01", domain=False)).put("STS02", host("STS02", domain=False))

    assert found(RULE, made) == []


def test_not_known_whether_in_a_domain_or_what_the_copy_holds() -> None:
    assert untold(RULE, world().put("STS01", host("STS01", domain=None))) == [("STS01", None)]
    assert untold(RULE, World().blinded("STS02", "certificate-stores", "NTAuth")) == [("STS02", None)]


def test_the_node_whose_copy_lacks_it_is_named_alone() -> None:
    assert found(RULE, World().take("STS01", KEY)) == [(ISSUING.subject, ("STS01",), (), "warning")]


def test_a_new_key_of_a_root_that_issues_no_user_is_none_of_ntauth() -> None:
    renewed = make("Contoso Root CA", key=ec.generate_private_key(ec.SECP256R1()))
    made = World().put("STS01", tenant(renewed, root=True)).put_all(stored("ROOT", renewed))
    made.blobs.append(renewed.der)

    assert found(RULE, made) == []
