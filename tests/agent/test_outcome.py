"""Why a probe saw nothing: said in words that can be sent, whoever they came from."""

import pytest

from farmsight_agent.outcome import DeniedError, NotObservedError
from farmsight_agent.probe import part_not_observed
from farmsight_wire.v1 import telemetry_pb2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("a lone \ud800 surrogate", "a lone \N{REPLACEMENT CHARACTER} surrogate"),
        ("\udfff", "\N{REPLACEMENT CHARACTER}"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),  # two halves that belong together
        ("NETZWERKDIENST ä", "NETZWERKDIENST ä"),
    ],
)
def test_what_a_child_or_a_name_says_can_be_sent(said, told):
    """Else one child's answer would take the probe's other contexts with it."""
    part = part_not_observed(DeniedError(said, said, source=said))

    report = telemetry_pb2.ProbeReport(reason=part.reason, detail=part.detail, source=part.source)
    assert (report.reason, report.detail, report.source) == (told, told, told)
    assert str(DeniedError(said, said)) == f"{told}: {told}"


def test_a_reason_alone_stands_alone():
    assert str(NotObservedError("no-source")) == "no-source"
