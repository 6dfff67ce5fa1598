"""store.usages-restricted."""

import pytest

from farmsight_collector.correlate.causes import fold
from farmsight_collector.pki import verdicts as bits
from farmsight_collector.rules.chain.eku_without_client_auth import RULE as EKU
from farmsight_collector.rules.chain.server_refuses import RULE as REFUSES
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.store.usages_restricted import RULE
from farmsight_wire.v1 import facts_pb2 as f
from tests.fakes.farms import fact
from tests.fakes.pki import (
    ISSUING,
    PUBLIC,
    PUBLIC_ROOT,
    ROOT,
    URL,
    World,
    found,
    judged,
    make,
    stored,
    summary,
    tenant,
    untold,
)

CLIENT_AUTH, SERVER_AUTH, EMAIL = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4"
ANY = "2.5.29.37.0"
POLICY = f.STORE_ORIGIN_GROUP_POLICY


@pytest.mark.parametrize(
    ("usages", "fires"),
    [
        ((SERVER_AUTH, EMAIL), True),
        ((), True),  # all purposes are switched off
        ((SERVER_AUTH, CLIENT_AUTH), False),
        ((ANY,), False),
        (None, False),
    ],
)
@pytest.mark.parametrize(("store", "made"), [("ROOT", ROOT), ("CA", ISSUING)])
def test_what_the_copy_may_be_used_for(store: str, made, usages: tuple[str, ...] | None, fires: bool) -> None:
    world = World().put("WAP01", stored(store, made, usages=usages))

    assert found(RULE, world) == ([(made.subject, ("WAP01",), (), "error")] if fires else [])


def test_the_finding_says_what_the_copy_is_for_and_how_to_go_back() -> None:
    (said,) = judged(RULE, World().put("STS01", stored("CA", ISSUING, usages=(SERVER_AUTH,)))).findings

    assert said.title == f"The copy of {ISSUING.subject} in CA may be used for {SERVER_AUTH}, not for clients"
    assert said.remedy[0].command.startswith(f"certutil -v -store CA {ISSUING.sha1}")
    assert said.remedy[1].undo == f"Enable only the following purposes: {SERVER_AUTH}."
    assert len(said.remedy) == 2


def test_a_copy_that_a_policy_brings_is_mended_in_the_policy_too() -> None:
    (said,) = judged(RULE, World().put("STS01", stored("ROOT", ROOT, POLICY, usages=()))).findings

    assert "Group Policy" in said.remedy[-1].command


def test_two_servers_with_such_a_copy_are_one_finding() -> None:
    world = World()
    for name in ("STS02", "WAP02"):
        world.put(name, stored("CA", ISSUING, usages=(SERVER_AUTH,)))

    assert found(RULE, world) == [(ISSUING.subject, ("STS02", "WAP02"), (), "error")]


def test_cas_that_no_users_chain_needs_may_be_restricted() -> None:
    """The root programme itself restricts what it brings."""
    world = World().put_all(
        stored("ROOT", PUBLIC_ROOT, f.STORE_ORIGIN_THIRD_PARTY, usages=(SERVER_AUTH,)),
        stored("CA", PUBLIC, usages=(SERVER_AUTH,)),
    )

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_where_chains_may_go_another_way_it_is_a_warning() -> None:
    twice = stored("ROOT", ROOT, usages=(), other_origins=[POLICY])
    assert [one[3] for one in found(RULE, World().put("WAP01", twice))] == ["warning"]

    renewed = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, crls=(URL,))
    world = World().put("WAP01", stored("CA", ISSUING, usages=()), stored("CA", renewed))
    world.blobs.append(renewed.der)
    world.put("STS01", tenant(renewed))
    assert [(one[1], one[3]) for one in found(RULE, world)] == [(("WAP01",), "warning")]


def test_what_only_servers_hold_weighs_less() -> None:
    other = make("Contoso VPN CA", ROOT, crls=(URL,))
    world = World().put("WAP01", stored("CA", other, usages=()))
    world.blobs.append(other.der)

    assert found(RULE, world) == [(other.subject, ("WAP01",), (), "warning")]


def test_a_source_without_properties_cannot_tell() -> None:
    world = World().put("WAP01", stored("CA", ISSUING, der=False))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", None)]


def test_a_store_that_was_not_looked_at_cannot_tell_and_hides_no_other() -> None:
    world = World().blinded("WAP01", "certificate-stores", "ROOT").put("WAP01", stored("CA", ISSUING, usages=()))

    assert untold(RULE, world) == [("WAP01", None)]
    assert found(RULE, world) == [(ISSUING.subject, ("WAP01",), (), "error")]


def _refused(*, restricted: bool) -> World:
    """Return a farm on which WAP01's chain engine finds the issuing CA not good for the usage."""
    elements = [
        f.ChainElement(certificate=summary(ISSUING), error_status=bits.NOT_VALID_FOR_USAGE),
        f.ChainElement(certificate=summary(ROOT)),
    ]
    verdict = f.ChainVerdict(
        elements=elements,
        error_status=bits.NOT_VALID_FOR_USAGE,
        leaf_is_ca=f.TRISTATE_YES,
        application_policies=[EMAIL],
    )
    world = World().put("WAP01", fact(verdict, ISSUING.sha1, "system"))
    return world.put("WAP01", stored("CA", ISSUING, usages=(SERVER_AUTH,))) if restricted else world


def test_what_the_servers_chain_engine_says_of_it_is_folded_under_it() -> None:
    said = fold(evaluate(_refused(restricted=True).farm(), [RULE, REFUSES, EKU]))

    by_code = {one.rule.code: one for one in said.findings}
    assert set(by_code) == {"store.usages-restricted", "chain.server-refuses"}
    assert by_code["chain.server-refuses"].caused_by == by_code["store.usages-restricted"].id


def test_without_such_a_copy_the_certificate_itself_is_in_doubt() -> None:
    said = evaluate(_refused(restricted=False).farm(), [RULE, REFUSES, EKU])

    assert {one.rule.code for one in said.findings} == {"chain.eku-without-client-auth", "chain.server-refuses"}
