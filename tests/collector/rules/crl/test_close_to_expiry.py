"""crl.close-to-expiry."""

from datetime import timedelta

import pytest

from farmsight_collector.rules.crl.close_to_expiry import RULE
from tests.fakes.pki import URL, World, crl, found, judged, retrieval, untold

D, H = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("begins", "publish", "ends", "fires"),
    [
        (-7 * D, -6 * H, 6 * H, True),  # half of the overlap is gone
        (-7 * D, -1 * H, 11 * H, False),  # just due: give the copy its time
        (-6 * D, 1 * H, 13 * H, False),  # the CA is not yet due, however little is left
        (-6 * D, None, 1 * D, True),  # no word of when: a seventh of the life is left
        (-4 * D, None, 3 * D, False),
        (-12 * H, None, 12 * H, False),  # a short life is no fault
        (-7 * D, -1 * D, -1 * H, False),  # over: another rule's matter
        (-7 * D, None, None, False),  # no end
    ],
)
def test_how_close_is_close(begins: timedelta, publish: timedelta | None, ends: timedelta | None, fires: bool) -> None:
    world = World().put("WAP01", retrieval(body=crl(begins=begins, publish=publish, ends=ends)))

    assert found(RULE, world) == ([(URL, ("WAP01",), ("system",), "warning")] if fires else [])


def test_the_limit_is_named_and_an_unknown_account_can_not_tell() -> None:
    world = World().put("WAP01", retrieval(body=crl(begins=-7 * D, publish=-6 * H, ends=6 * H)))

    assert "0.25 of the overlap" in judged(RULE, world).findings[0].limit_used
    assert untold(RULE, world.blinded("WAP02", "retrievals", "", "system")) == [("WAP02", "system")]
