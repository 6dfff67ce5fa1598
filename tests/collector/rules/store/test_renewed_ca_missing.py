"""store.renewed-ca-missing."""

from datetime import timedelta

from farmsight_collector.rules.store import issuing_ca_missing
from farmsight_collector.rules.store.renewed_ca_missing import RULE
from tests.fakes.farms import NOW
from tests.fakes.pki import ISSUING, ROOT, World, found, make, stored, tenant, untold

NEWER = make("Contoso Issuing CA 1", ROOT, begins=NOW - timedelta(days=20))


def world() -> World:
    made = World().put_all(stored("CA", NEWER)).put("STS01", tenant(NEWER))
    made.blobs.append(NEWER.der)
    return made


def test_a_server_that_knows_only_the_old_key_is_named() -> None:
    made = world().take("WAP02", f"CA/{NEWER.sha1}")

    assert found(RULE, made) == [(NEWER.subject, ("WAP02",), (), "error")]
    assert found(issuing_ca_missing.RULE, made) == []


def test_both_keys_everywhere_is_well() -> None:
    assert found(RULE, world()) == []


def test_without_the_old_key_it_is_a_missing_ca() -> None:
    made = world().take("WAP02", f"CA/{NEWER.sha1}", f"CA/{ISSUING.sha1}")

    assert found(RULE, made) == []
    assert found(issuing_ca_missing.RULE, made) == [(ISSUING.subject, ("WAP02",), (), "critical")]


def test_an_unknown_store_can_not_tell() -> None:
    assert untold(RULE, world().blinded("WAP01", "certificate-stores", "CA")) == [("WAP01", None)]
