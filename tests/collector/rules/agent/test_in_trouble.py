"""An agent that cannot do its work is named, with its own words."""

import pytest

from farmsight_collector.rules.agent.in_trouble import RULE
from farmsight_collector.rules.engine import evaluate
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact, farm, server


def health(**said: object) -> facts_pb2.Fact:
    return fact(facts_pb2.AgentHealth(version="0.1.0", **said), "-")  # type: ignore[arg-type]


def context(*, available: bool) -> facts_pb2.ContextAvailability:
    reason = "" if available else "not-root"
    return facts_pb2.ContextAvailability(
        context=facts_pb2.CONTEXT_NETWORK_SERVICE, account="nobody", available=available, reason=reason
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"last_trouble": "the spool's disk is full"}, "disk is full"),
        ({"spool_quarantined": True}, "moved aside"),
        ({"contexts": [context(available=False)]}, "cannot ask as network-service: not-root"),
    ],
)
def test_the_agent_with_the_trouble_is_named_and_no_other(said: dict, words: str) -> None:
    well = health(contexts=[context(available=True)])
    evaluation = evaluate(farm(server("WAP01", "wap", well), server("WAP02", "wap", health(**said))), [RULE])

    assert [finding.servers for finding in evaluation.findings] == [("WAP02",)]
    assert words in evaluation.findings[0].title


def test_agents_that_are_well_are_left_alone() -> None:
    evaluation = evaluate(farm(server("WAP01", "wap", health(contexts=[context(available=True)]))), [RULE])

    assert not evaluation.findings
    assert not evaluation.unknown


def test_an_agent_that_said_nothing_of_itself_is_in_doubt() -> None:
    evaluation = evaluate(farm(server("WAP01", "wap")), [RULE])

    assert not evaluation.findings
    assert [one.verdict.server for one in evaluation.unknown] == ["WAP01"]
