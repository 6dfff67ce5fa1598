"""Farms of odd but right shapes, by the article's files: what is on purpose is told once, and nothing fails by it."""

from pathlib import Path

from farmsight_wire.v1 import query_pb2
from tests.fakes.stranger_farm import FS, StrangerFarm, two_tier
from tests.fakes.stranger_look import EVERYBODY, Look, causes
from tests.fakes.stranger_pki import user

NO_SOURCE = 0x40  # CERT_TRUST_REVOCATION_STATUS_UNKNOWN


def unchecked() -> StrangerFarm:
    """Return a farm whose users' CA publishes no CRL, and whose bindings therefore do not check."""
    pki = two_tier()
    pki.user = user(pki.issuing)
    farm = StrangerFarm(pki=pki)
    for server in farm.all():
        server.binding(f"{FS}:49443").revocation = "Disabled"
        for said in server.verdicts():
            said.errors[0] |= NO_SOURCE
    return farm


def test_a_ca_without_crls_whose_bindings_do_not_check_is_told_once(tmp_path: Path) -> None:
    told = Look(tmp_path)(unchecked())

    assert [one for one in causes(told) if not one[0].startswith("entra.")] == [("crl.check-disabled", EVERYBODY)]
    assert [one.answer.verdict for one in told.traces] == [query_pb2.TRACE_VERDICT_UNKNOWN]
