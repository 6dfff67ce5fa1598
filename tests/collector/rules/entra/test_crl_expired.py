"""An expired CRL at a URL of the tenant is named; which server fetched it is nobody's fault."""

from datetime import timedelta

from farmsight_collector.rules.entra.crl_expired import RULE
from tests.fakes.pki import DELTA_URL, ISSUING, ISSUING_URL, URL, World, crl, found, judged, retrieval, tenant, untold

PAST = timedelta(minutes=-1)


def everywhere(world: World, url: str = ISSUING_URL, purpose: str = "crl", **fields: object) -> World:
    for name, role in world.roles.items():
        for context in ("system", "adfs-service" if role == "adfs" else "network-service"):
            world.put(name, retrieval(url, context, purpose=purpose, body=crl(ISSUING, **fields)))  # type: ignore[arg-type]
    return world


def test_a_crl_past_its_next_update_is_critical_and_of_the_farm_as_a_whole() -> None:
    world = everywhere(World(), ends=PAST)

    assert found(RULE, world) == [(ISSUING_URL, (), (), "critical")]
    assert "Contoso Issuing CA 1" in judged(RULE, world).findings[0].title


def test_an_expired_delta_is_an_error() -> None:
    world = everywhere(World(), DELTA_URL, "delta", ends=PAST, delta_base_number="0a")
    world.put("STS01", tenant(ISSUING, crl_url=ISSUING_URL, delta_url=DELTA_URL))

    assert found(RULE, world) == [(DELTA_URL, (), (), "error")]


def test_one_mirror_that_is_behind_is_not_what_entra_meets() -> None:
    world = World().put("WAP01", retrieval(ISSUING_URL, body=crl(ISSUING, ends=PAST)))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_what_came_outside_decides() -> None:
    for outside, inside, expected in ((PAST, timedelta(days=1), [ISSUING_URL]), (timedelta(days=1), PAST, [])):
        world = everywhere(World(), ends=inside)
        world.outside(retrieval(ISSUING_URL, "caller", body=crl(ISSUING, ends=outside)))

        assert [f[0] for f in found(RULE, world)] == expected


def test_a_crl_without_an_end_never_expires_unless_its_source_leaves_the_dates_out() -> None:
    assert untold(RULE, everywhere(World(), ends=None)) == []
    world = everywhere(World(), ends=None)
    for facts in world.facts.values():
        for one in facts.values():
            if one.HasField("retrieval") and one.retrieval.url == ISSUING_URL:
                one.retrieval.dates_seen = False

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]


def test_a_url_that_nobody_fetched_can_not_be_judged() -> None:
    world = World().take_all(f"crl {ISSUING_URL}")

    assert untold(RULE, world) == [(None, None)]
    assert found(RULE, world) == []


def test_what_was_not_looked_at_is_not_fetched() -> None:
    world = World().take_all(f"crl {URL}").put("WAP01", retrieval(URL, outcome="UNKNOWN"))

    assert "nobody fetched it" in {one.verdict.reason for one in judged(RULE, world).unknown}


def test_the_tenant_not_known_is_in_doubt() -> None:
    assert untold(RULE, World(tenant=False)) == [(None, None)]
