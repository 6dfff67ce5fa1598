"""The audit is asked by span, actor, action and words, on both databases."""

from datetime import timedelta

import pytest

from farmsight_collector.store import audit
from farmsight_collector.store.engine import Store
from tests.fakes.incoming import START, enrolled

MINUTE = timedelta(minutes=1)


@pytest.fixture
def noted(store: Store) -> str:
    """Note four things, a minute apart; returns the agent that two of them are about."""
    agent = enrolled(store, server="WAP01")
    with store.write() as connection:
        for number, (actor, action, target, detail) in enumerate(
            [
                ("alice", "token.create", "a1", "100% of_it"),
                ("10.0.0.7", "agent.enrol", agent.id, "WAP01"),
                ("Bob", "agent.revoke", agent.id, ""),
                ("bob", "finding.acknowledge", "f1", "sts"),
            ]
        ):
            at = START + number * MINUTE
            audit.note(connection, at=at, actor=actor, action=action, target=target, detail=detail)
    return agent.id


@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        ({}, ["finding.acknowledge", "agent.revoke", "agent.enrol", "token.create"]),
        ({"actor": "BOB"}, ["finding.acknowledge", "agent.revoke"]),
        ({"action": "AGENT."}, ["agent.revoke", "agent.enrol"]),
        ({"text": "wap01"}, ["agent.enrol"]),
        ({"text": "%"}, ["token.create"]),
        ({"text": "f_i"}, ["token.create"]),
        ({"text": "fxi"}, []),
        ({"begin": START, "end": START + 2 * MINUTE}, ["agent.revoke", "agent.enrol"]),
        ({"skip": 1, "limit": 2}, ["agent.revoke", "agent.enrol"]),
    ],
)
def test_rows_are_found_by_what_is_asked_newest_first(
    store: Store, noted: str, asked: dict[str, object], actions: list[str]
) -> None:
    with store.read() as connection:
        assert [row.action for row in audit.matching(connection, **asked)] == actions  # type: ignore[arg-type]


def test_what_was_done_to_agents_is_found_by_their_farm(store: Store, noted: str) -> None:
    with store.read() as connection:
        here = audit.of_agents(connection, "sts.contoso.com", START - MINUTE, START + 9 * MINUTE, 10)
        elsewhere = audit.of_agents(connection, "sts.fabrikam.com", START - MINUTE, START + 9 * MINUTE, 10)

    assert [row.action for row in here if row.target == noted] == ["agent.revoke", "agent.enrol"]
    assert elsewhere == []
