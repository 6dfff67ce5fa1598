"""store.root-ca-missing."""

from farmsight_collector.rules.store.root_ca_missing import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, ROOT, World, found, judged, stored, untold

KEY = f"ROOT/{ROOT.sha1}"


def test_the_server_without_the_root_is_named() -> None:
    assert found(RULE, World().take("STS02", KEY)) == [(ROOT.subject, ("STS02",), (), "critical")]


def test_a_root_in_the_intermediate_store_is_not_trusted() -> None:
    world = World().take("WAP01", KEY).put("WAP01", stored("CA", ROOT))

    assert found(RULE, world) == [(ROOT.subject, ("WAP01",), (), "critical")]
    assert "certutil -f -addstore Root" in judged(RULE, world).findings[0].remedy[-1].command


def test_a_root_by_group_policy_or_root_programme_is_trusted_all_the_same() -> None:
    world = World().put("WAP01", stored("ROOT", ROOT, facts_pb2.STORE_ORIGIN_GROUP_POLICY))
    world.take("WAP02", KEY).put("WAP02", stored("AUTHROOT", ROOT))

    assert found(RULE, world) == []


def test_missing_everywhere_but_named_by_the_tenant() -> None:
    world = World().take_all(KEY)

    assert found(RULE, world) == [(ROOT.subject, ("STS01", "STS02", "WAP01", "WAP02"), (), "critical")]


def test_nobody_names_any_ca() -> None:
    world = World(tenant=False).take("WAP01", KEY).take_all(f"NTAuth/{ISSUING.sha1}")

    assert found(RULE, world) == [(ROOT.subject, ("WAP01",), (), "error")]


def test_an_unknown_root_store_is_not_an_empty_one() -> None:
    world = World().blinded("WAP01", "certificate-stores", "ROOT")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", None)]
