"""crl.too-large."""

import pytest

from farmsight_collector.rules.crl.too_large import RULE
from tests.fakes.pki import URL, World, found, judged, retrieval, untold


@pytest.mark.parametrize(
    ("size", "severity"), [(1_000_000, None), (20_000_000, None), (20_971_520, "warning"), (104_857_601, "error")]
)
def test_by_size(size: int, severity: str | None) -> None:
    world = World().put("WAP01", retrieval(size=size))

    assert found(RULE, world) == ([(URL, ("WAP01",), ("system",), severity)] if severity else [])


def test_what_was_cut_off_for_its_size_is_an_error() -> None:
    world = World().put("WAP01", retrieval(outcome="TOO_LARGE", size=104_857_600))

    assert [f[3] for f in found(RULE, world)] == ["error"]
    assert "MaxUrlRetrievalByteCount" in judged(RULE, world).findings[0].limit_used


def test_unknown_accounts_can_not_tell() -> None:
    assert untold(RULE, World().blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
