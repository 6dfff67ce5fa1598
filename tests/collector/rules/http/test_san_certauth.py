"""In alternate mode a certificate without the certauth name is named."""

import pytest

from farmsight_collector.rules.http.san_certauth import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import (
    CERTAUTH,
    YES,
    binding,
    cannot_tell,
    fires,
    healthy,
    made_certificate,
    sha1,
    silent,
    summary,
)
from tests.fakes.farms import FARM


def present(plan, der):
    plan.put("WAP01", f"{CERTAUTH}:443", binding(CERTAUTH, 443, der))
    plan.put("WAP01", f"MY/{sha1(der)}", pb.StoreCertificate(store="MY", certificate=summary(der), has_private_key=YES))
    plan.blobs.append(der)


@pytest.mark.parametrize("names", [(FARM,), (FARM, "*.contoso.com")])
def test_neither_the_service_name_nor_its_wildcard_covers_certauth(names):
    plan, der = healthy("alternate"), made_certificate("short", names)
    present(plan, der)
    fires(RULE, plan, "WAP01", subject=sha1(der))


def test_a_wildcard_of_the_right_depth_will_do():
    plan = healthy("alternate")
    present(plan, made_certificate("deep", (FARM, f"*.{FARM}")))
    silent(RULE, plan)


def test_classic_mode_does_not_ask_for_it():
    plan = healthy()
    plan.blobs.clear()
    silent(RULE, plan)


def test_without_its_bytes_there_is_no_telling():
    plan = healthy("alternate")
    plan.blobs.clear()
    cannot_tell(RULE, plan, "STS01", "STS02", "WAP01", "WAP02")
