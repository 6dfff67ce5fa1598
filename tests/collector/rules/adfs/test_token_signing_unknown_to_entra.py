"""A signing certificate that Entra does not know is found, domain by domain."""

import pytest

from farmsight_collector.rules.adfs.token_signing_unknown_to_entra import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import OTHER_SSL, SIGNING, SSL, cannot_tell, fires, healthy, silent, summary


def test_the_domain_that_was_left_behind_is_the_subject():
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", signing_certificate=summary(OTHER_SSL))
    fires(RULE, plan, subject="contoso.com")


def test_the_next_certificate_counts_too():
    plan = healthy()
    plan.edit("STS01", "entra-domain", "contoso.com", signing_certificate=summary(OTHER_SSL),
              next_signing_certificate=summary(SIGNING))  # fmt: skip
    silent(RULE, plan)


def test_domains_of_other_farms_are_left_alone():
    plan = healthy()
    other = pb.EntraDomain(name="fabrikam.com", authentication_type="Federated", signing_certificate=summary(SSL),
                           passive_sign_in_uri="https://sts.fabrikam.com/adfs/ls/")  # fmt: skip
    plan.put("STS01", "fabrikam.com", other)
    silent(RULE, plan)


@pytest.mark.parametrize("kind", ["entra-domain", "adfs-certificate"])
def test_both_sides_must_be_known(kind):
    plan = healthy()
    plan.lose("STS01", kind)
    cannot_tell(RULE, plan)
