"""store.contents-differ."""

from farmsight_collector.rules.store.contents_differ import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ISSUING, ROOT, World, found, make, stored, untold


def test_a_root_that_one_server_has_for_itself_is_worth_knowing() -> None:
    other = make("Inspection Root")

    assert found(RULE, World().put("WAP01", stored("ROOT", other))) == [
        ("ROOT on wap servers", ("WAP01", "WAP02"), (), "info")
    ]


def test_a_ca_that_might_matter_and_has_no_majority_is_a_warning() -> None:
    other = make("Contoso Issuing CA 5", ROOT)
    world = World().put("WAP01", stored("CA", other)).put("STS01", stored("CA", other))
    world.blobs.append(other.der)

    assert found(RULE, world) == [
        ("CA on adfs servers", ("STS01", "STS02"), (), "warning"),
        ("CA on wap servers", ("WAP01", "WAP02"), (), "warning"),
    ]


def test_what_is_missing_has_a_rule_of_its_own() -> None:
    assert found(RULE, World().take("WAP01", f"CA/{ISSUING.sha1}", f"ROOT/{ROOT.sha1}")) == []


def test_the_root_programme_comes_and_goes() -> None:
    other = make("Some Public Root")

    assert found(RULE, World().put("WAP01", stored("ROOT", other, facts_pb2.STORE_ORIGIN_THIRD_PARTY))) == []


def test_unknown_stores_are_not_compared() -> None:
    world = World().put("WAP01", stored("ROOT", make("X"))).blinded("WAP02", "certificate-stores", "ROOT")

    assert found(RULE, world) == []
    assert set(untold(RULE, world)) == {(None, None)}
