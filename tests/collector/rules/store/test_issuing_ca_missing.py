"""store.issuing-ca-missing."""

from farmsight_collector.rules.store.issuing_ca_missing import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, ROOT, World, found, host, judged, make, stored, tenant, untold

KEY = f"CA/{ISSUING.sha1}"


def test_a_wap_without_the_issuing_ca_is_named() -> None:
    assert found(RULE, World().take("WAP01", KEY)) == [(ISSUING.subject, ("WAP01",), (), "critical")]


def test_both_waps_are_one_finding_and_the_workgroup_is_the_reason() -> None:
    world = World().take("WAP01", KEY).take("WAP02", KEY)
    world.put("STS01", stored("CA", ISSUING, facts_pb2.STORE_ORIGIN_GROUP_POLICY))

    (finding,) = judged(RULE, world).findings
    assert finding.servers == ("WAP01", "WAP02")
    assert "workgroup" in finding.why
    assert any(f"certutil -f -addstore CA 'C:\\Windows\\Temp\\{ISSUING.sha1}.cer'" in r.command for r in finding.remedy)
    assert {held.kind for held in finding.evidence} >= {"store-certificate", "host"}


def test_a_domain_member_gets_no_word_of_workgroups() -> None:
    world = World().take("WAP01", KEY).put("WAP01", host("WAP01", domain=True))

    assert "workgroup" not in judged(RULE, world).findings[0].why


def test_a_ca_that_only_the_tenant_knows_is_missing_everywhere() -> None:
    other = make("Contoso Issuing CA 2", ROOT)
    world = World().put("STS01", tenant(other))
    world.blobs.append(other.der)

    assert found(RULE, world) == [(other.subject, ("STS01", "STS02", "WAP01", "WAP02"), (), "critical")]


def test_nobody_names_a_ca_and_all_ad_fs_servers_hold_it() -> None:
    """Then it is an error: that users have certificates of it is taken from the stores."""
    world = World(tenant=False).take("WAP01", KEY)
    for name in ("STS01", "STS02"):
        world.take(name, f"NTAuth/{ISSUING.sha1}")

    assert found(RULE, world) == [(ISSUING.subject, ("WAP01",), (), "error")]


def test_a_ca_that_only_stores_hold_while_others_are_named_is_a_warning() -> None:
    other = make("Contoso Device CA", ROOT)
    world = World().put_all(stored("CA", other)).take("WAP02", f"CA/{other.sha1}")
    world.blobs.append(other.der)

    assert found(RULE, world) == [(other.subject, ("WAP02",), (), "warning")]


def test_one_server_that_holds_a_ca_for_itself_makes_the_others_no_fault() -> None:
    other = make("Inspection CA", ROOT)
    world = World().put("WAP01", stored("CA", other))
    world.blobs.append(other.der)

    assert found(RULE, world) == []


def test_in_root_is_found_by_a_chain_builder_and_told_by_another_rule() -> None:
    assert found(RULE, World().take("WAP01", KEY).put("WAP01", stored("ROOT", ISSUING))) == []


def test_a_ca_renewed_with_the_same_key_is_there_with_either_certificate() -> None:
    renewed = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key)
    world = World().take("WAP01", KEY).put("WAP01", stored("CA", renewed))
    world.blobs.append(renewed.der)

    assert found(RULE, world) == []


def test_a_store_that_is_not_known_is_not_empty() -> None:
    world = World().blinded("WAP01", "certificate-stores", "CA")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", None)]


def test_a_disallowed_store_that_was_not_looked_at_blinds_nothing() -> None:
    world = World().take("WAP01", KEY).blinded("WAP01", "certificate-stores", "DISALLOWED")

    assert len(found(RULE, world)) == 1
    assert untold(RULE, world) == []


def test_a_ca_that_only_ad_fs_has_while_others_are_named_is_none_of_the_proxies() -> None:
    other = make("Contoso Device CA", ROOT)
    world = World().put_all(stored("CA", other), role="adfs")
    world.blobs.append(other.der)

    assert found(RULE, world) == [(other.subject, ("WAP01", "WAP02"), (), "info")]
