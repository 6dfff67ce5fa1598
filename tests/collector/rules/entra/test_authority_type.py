"""A CA object of the wrong type is found."""

import pytest

from farmsight_collector.rules.entra.authority_type import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    ISSUING,
    NO,
    ROOT,
    YES,
    cannot_tell,
    fires,
    healthy,
    made_certificate,
    sha1,
    silent,
    summary,
)


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


def test_a_root_that_another_root_signed_too_is_an_intermediate_by_that_certificate():
    crossed = made_certificate("Contoso Root CA", issuer="Contoso Old Root CA", ca=True)
    plan = healthy()
    plan.put("STS01", sha1(crossed), pb.EntraAuthority(root=NO, certificate=summary(crossed)))
    plan.blobs.append(crossed)
    silent(RULE, plan)
