"""Eleven CAs above users' certificates are one too many for the tenant."""

from functools import cache

import pytest

from farmsight_collector.rules.entra.chain_too_long import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import NO, cannot_tell, fires, healthy, made_certificate, sha1, silent, summary


@cache
def tower(height):
    """Return as many CAs, each issued by the one before, the first by the farm's root."""
    return tuple(
        made_certificate(f"Tier {n}", issuer=f"Tier {n - 1}" if n else "Contoso Root CA", ca=True)
        for n in range(height)
    )


def farm(height):
    plan = healthy()
    for one in tower(height):
        plan.blobs.append(one)
        plan.put("STS01", f"CA/{sha1(one)}", pb.StoreCertificate(store="CA", certificate=summary(one)))
    lowest = tower(height)[-1]
    authority = pb.EntraAuthority(root=NO, certificate=summary(lowest), crl_url="http://pki.contoso.com/t.crl")
    plan.put("STS01", sha1(lowest), authority)
    return plan


def test_eleven_are_named():
    fires(RULE, farm(10), subject="CN=Tier 9")


@pytest.mark.parametrize("height", [1, 9])
def test_ten_are_taken(height):
    silent(RULE, farm(height))


def test_a_tenant_that_is_not_known_is_in_doubt():
    plan = farm(10)
    plan.lose("STS01", "entra-authority")
    cannot_tell(RULE, plan)
