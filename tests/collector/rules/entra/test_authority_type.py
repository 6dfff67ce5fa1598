"""A CA object of the wrong type is found."""

import pytest

from farmsight_collector.rules.entra.authority_type import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ISSUING, NO, ROOT, YES, cannot_tell, fires, healthy, sha1, silent


@pytest.mark.parametrize(
    ("der", "said", "name"), [(ROOT, NO, "Contoso Root CA"), (ISSUING, YES, "Contoso Issuing CA 1")]
)
def test_the_wrong_type_is_found(der, said, name):
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(der), root=said)
    fires(RULE, plan, subject=f"CN={name}")


def test_right_types_are_right():
    silent(RULE, healthy())


def test_a_type_that_is_not_shown_is_in_doubt():
    plan = healthy()
    plan.edit("STS01", "entra-authority", sha1(ROOT), root=pb.TRISTATE_UNKNOWN)
    cannot_tell(RULE, plan)
