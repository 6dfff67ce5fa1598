"""Agents on a page: how they are, and letting in, letting back and cutting off."""

import re
from datetime import timedelta

import pytest

from farmsight_collector.identity import roster, tokens
from farmsight_collector.identity.roster import Invitation
from farmsight_collector.store import agents, audit, recoveries
from farmsight_collector.version import VERSION
from tests.fakes.watched_farm import FARM, Person, WatchedFarm, certificate_authority, rows, words

LABEL = f"Agents of {FARM}"


@pytest.fixture
def operator(farm: WatchedFarm) -> Person:
    return Person(farm, "operator")


@pytest.fixture
def lapsed(farm: WatchedFarm) -> WatchedFarm:
    """Let WAP01's agent lapse and ask to come back."""
    row = farm.rows["WAP01"]
    farm.later(days=8)
    with farm.store.write() as connection:
        recoveries.add_recovery(
            connection, agent_id=row.id, csr_der=b"csr", public_key_sha256=b"k" * 32, at=farm.clock.at
        )
    return farm


def test_an_agent_tells_state_version_last_seen_and_clock(viewer: Person) -> None:
    agent = next(row for row in rows(viewer.sees("/agents"), LABEL) if row.startswith("WAP01"))

    for said in ("wap", "active", "2026-11-23 11:10Z", "1.2.3", "+1.5 s", "none of"):
        assert said in agent


def test_an_agent_that_says_nothing_is_silent(farm: WatchedFarm) -> None:
    farm.later(minutes=20, heard=False)

    assert all("silent for 20 min" in row for row in rows(Person(farm).sees("/agents"), LABEL))


def test_a_join_token_is_made_on_the_spot_for_both_systems_and_shown_to_its_maker(operator: Person) -> None:
    operator.sees("/agents")
    lead = operator.does("/agents/enrol", farm=FARM, role="wap", host="WAP31", ttl="8h")
    assert "fs1." not in lead

    page = operator.sees(lead.split("#")[0])
    assert "good once, until 2026-11-23 18:20Z" in words(page)
    assert f"msiexec /i farmsight-agent-{VERSION}.msi /qn" in words(page)
    assert "ROLE=wap NAME=WAP31" in words(page)
    assert "farmsight-agent enroll --collector" in words(page)
    assert "--name WAP31" in words(page)
    token = re.findall(r"fs1\.[\w-]+", page.text)[0]
    assert tokens.parse(token).fingerprint == certificate_authority(operator.farm)


def test_the_token_is_not_shown_to_anybody_else_nor_later(operator: Person) -> None:
    operator.sees("/agents")
    lead = operator.does("/agents/enrol", farm=FARM, role="wap", ttl="1h").split("#")[0]

    assert "fs1." not in Person(operator.farm, "admin").sees(lead).text
    operator.farm.later(minutes=11)
    page = operator.sees(lead)
    assert "fs1." not in page.text
    assert "That token is not shown any more" in words(page)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"farm": "sts.fabrikam.com", "role": "wap"}, "is not among the farms of this collector"),
        ({"farm": FARM, "role": "dc"}, "role: one of"),
        ({"farm": FARM, "role": "wap", "host": "../x"}, "host: must be"),
        ({"farm": FARM, "role": "wap", "ttl": "forever"}, "ttl: one of"),
    ],
)
def test_a_token_for_what_can_not_be_is_refused_by_name(operator: Person, fields: dict[str, str], said: str) -> None:
    operator.sees("/agents")
    operator.does("/agents/enrol", status=400, **fields)

    assert said in operator.text


def test_a_token_for_several_servers_tells_how_many_have_used_it(farm: WatchedFarm) -> None:
    wanted = Invitation(farm=FARM, role="adfs", host=None, ttl=timedelta(hours=4), uses=12)
    with farm.store.write() as connection:
        roster.invite(connection, b"ca", wanted, by="local", at=farm.clock.at)

    assert "open 0 of 12 used" in words(Person(farm, "operator").sees("/agents"))


def test_an_open_token_can_be_taken_back_once(operator: Person) -> None:
    operator.sees("/agents")
    operator.does("/agents/enrol", farm=FARM, role="adfs", ttl="1h")
    operator.sees("/agents")
    path = re.findall(r'action="(/agents/tokens/\w+/withdraw)"', operator.text)[0]
    operator.does(path)

    assert "revoked" in rows(operator.sees("/agents"), "Join tokens")[0]
    operator.does(path, status=404)


def test_a_lapsed_agent_is_let_back_and_the_audit_says_by_whom(lapsed: WatchedFarm) -> None:
    operator = Person(lapsed, "operator")
    first = rows(operator.sees("/agents"), LABEL)[0]
    assert first.startswith("WAP01")
    assert "asks to come back" in first
    operator.does(f"/agents/{lapsed.rows['WAP01'].id}/approve")

    with lapsed.store.read() as connection:
        assert [row.state for row in recoveries.recoveries(connection)] == ["approved"]
        assert (audit.entries(connection)[0].action, audit.entries(connection)[0].actor) == (
            "agent.approve",
            "a operator",
        )


def test_a_lapsed_agent_is_refused(lapsed: WatchedFarm) -> None:
    operator = Person(lapsed, "operator")
    operator.sees("/agents")
    operator.does(f"/agents/{lapsed.rows['WAP01'].id}/refuse")

    with lapsed.store.read() as connection:
        assert [row.state for row in recoveries.recoveries(connection)] == ["refused"]


def test_only_an_administrator_cuts_an_agent_off(operator: Person) -> None:
    farm = operator.farm
    path = f"/agents/{farm.rows['WAP01'].id}/revoke"
    operator.sees("/agents")
    assert path not in operator.text
    operator.does(path, status=403)

    admin = Person(farm, "admin")
    admin.sees("/agents")
    admin.does(path)
    with farm.store.read() as connection:
        row = agents.agent_by_id(connection, farm.rows["WAP01"].id)
    assert row is not None
    assert row.state == "revoked"
    assert "WAP01" in rows(admin.sees("/agents"), LABEL)[-1]


def test_a_viewer_sees_agents_and_may_decide_nothing(viewer: Person) -> None:
    page = viewer.sees("/agents")

    assert rows(page, LABEL)
    assert '<form method="post" action="/agents' not in viewer.text
    viewer.does("/agents/enrol", status=403, farm=FARM, role="wap")


def test_agents_are_narrowed_by_state_and_words(viewer: Person) -> None:
    assert [row[:5] for row in rows(viewer.sees("/agents?find=wap0"), LABEL)] == ["WAP01", "WAP02"]
    assert "None of its agents is of this kind" in words(viewer.sees("/agents?state=lapsed"))


def test_a_change_of_agents_stands_in_the_log_of_the_farm(operator: Person) -> None:
    admin = Person(operator.farm, "admin")
    admin.sees("/agents")
    operator.farm.later(minutes=1)
    admin.does(f"/agents/{operator.farm.rows['WAP02'].id}/revoke")
    operator.farm.later(seconds=timedelta(seconds=1).total_seconds())

    log = rows(operator.sees("changes?kind=agent-came-or-went"), "Changes of Monday, 2026-11-23")
    assert any("WAP02" in row and "cut off" in row and row.endswith("a admin") for row in log)
