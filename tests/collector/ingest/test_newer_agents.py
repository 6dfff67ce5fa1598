"""A collector takes what the next version of the agent says."""

import pytest

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.ingest.checked import checked
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import fact_digest, part_digest
from tests.fakes.incoming import OBSERVED

FIELD_OF_THE_FUTURE = b"\xa2\x06\x03new"  # field 100, three bytes


def report(serialised_service: bytes, digest: bytes) -> telemetry_pb2.ProbeReport:
    fact = facts_pb2.Fact(key="adfssrv", service=facts_pb2.Service.FromString(serialised_service))
    made = telemetry_pb2.ProbeReport(
        sequence=1, probe="services", outcome=OBSERVED, full=True, fact_count=1, started={"seconds": 1_800_000_000}
    )
    made.facts.add(digest=digest, fact=fact)
    made.digest = part_digest(OBSERVED, "", [("service", 0, "adfssrv", digest)])
    return made


def test_a_fact_with_a_field_of_a_newer_contract_is_taken_under_the_agents_own_digest() -> None:
    newer = FIELD_OF_THE_FUTURE + facts_pb2.Service(name="adfssrv").SerializeToString()

    found = checked(report(newer, b"\x01" * 32))

    assert next(iter(found.entries.values())).digest == b"\x01" * 32


def test_a_fact_of_this_contract_must_have_its_digest() -> None:
    service = facts_pb2.Service(name="adfssrv")
    right = fact_digest(facts_pb2.Fact(key="adfssrv", service=service))

    checked(report(service.SerializeToString(), right))
    with pytest.raises(InvalidRequestError, match="digest"):
        checked(report(service.SerializeToString(), b"\x01" * 32))
