"""Farms that strangers hand in and that are well: the trace accuses nobody, whatever their shape and noise."""

import pytest

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import certificates
from farmsight_collector.signin.walk import traced
from tests.collector.offline.test_stranger_farms_that_are_well import NOISE, SHAPES
from tests.fakes.stranger_farm import StrangerFarm
from tests.fakes.stranger_look import Look


def accused(look, farm, **how):
    """Return what fails, and what the walk itself stumbled over."""
    told = look(farm, **how)
    trace = traced(told.picture.farm, told.picture.evaluation, certificates.parse(farm.pki.user.der))
    assert trace.verdict is not Verdict.PASSES, "nobody outside looked"
    hops = {id(one): one for path in trace.paths for one in path.hops}.values()
    return [(h.hop, h.server, h.why) for h in hops if h.verdict is Verdict.FAILS or h.why.startswith("the hop failed")]


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_its_shape(tmp_path, shape) -> None:
    assert accused(Look(tmp_path), SHAPES[shape]()) == []


@pytest.mark.parametrize("noise", NOISE, ids=lambda one: one.__name__)
def test_whatever_it_has_besides(tmp_path, noise) -> None:
    farm = StrangerFarm()
    noise(farm)

    assert accused(Look(tmp_path), farm, change=farm.write_exports) == []
