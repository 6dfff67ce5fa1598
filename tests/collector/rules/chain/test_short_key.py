"""chain.short-key."""

import pytest

from farmsight_collector.rules.chain.short_key import RULE
from tests.fakes.pki import ISSUING, World, found, judged, stored, tenant, untold


@pytest.mark.parametrize(
    ("algorithm", "bits", "severity"),
    [("RSA", 512, "error"), ("RSA", 1024, "warning"), ("RSA", 2048, None), ("EC", 256, None), ("RSA", 0, None)],
)
def test_by_length(algorithm: str, bits: int, severity: str | None) -> None:
    world = World()
    for fact in (stored("CA", ISSUING), stored("NTAuth", ISSUING), tenant(ISSUING)):
        summary = getattr(fact, fact.WhichOneof("value")).certificate
        summary.public_key_algorithm, summary.public_key_bits = algorithm, bits
        for name in world.roles:
            if (fact.key.startswith("CA/")) or (name.startswith("STS")):
                world.put(name, fact)

    assert found(RULE, world) == ([(ISSUING.subject, (), (), severity)] if severity else [])
    if bits == 512:
        assert "1023 bits" in judged(RULE, world).findings[0].limit_used


def test_a_key_of_which_no_length_is_shown_is_open() -> None:
    world = World(tenant=False)
    for name in world.roles:
        for store in ("CA", "NTAuth") if name.startswith("STS") else ("CA",):
            fact = stored(store, ISSUING)
            fact.store_certificate.certificate.public_key_bits = 0
            world.put(name, fact)

    assert found(RULE, world) == []
    assert untold(RULE, world) == [(None, None)]
