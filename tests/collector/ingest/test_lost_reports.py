"""Numbers that were acknowledged once and are not here: the stretch is not known, until an agent answers for it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from farmsight_collector.clock import micros, moment
from farmsight_collector.ingest.apply import apply_reports
from farmsight_collector.model.build import farm_as_of
from farmsight_collector.store import lost, schema
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_collector.store.epochs import Ledger
from farmsight_wire.v1 import telemetry_pb2
from tests.fakes.agents import full as report_of
from tests.fakes.agents import service
from tests.fakes.incoming import START, delta, enrolled, full, incoming
from tests.fakes.live_collector import running

MINUTE = timedelta(minutes=1)
BACKED_UP, BACK = START + 30 * MINUTE, START + 60 * MINUTE


def send(store: Store, agent: AgentRow, minute: int, report: telemetry_pb2.ProbeReport) -> None:
    with store.write() as connection:
        (answer,) = apply_reports(connection, [incoming(agent, report, START + minute * MINUTE)])
    assert answer.result == "applied", answer


def lose(store: Store, agent: AgentRow) -> int:
    with store.write() as connection:
        return lost.begin(connection, agent.server_id, BACKED_UP, BACK, "lost")


def runs(store: Store) -> list[tuple[float, float, str]]:
    """Return the runs in minutes since the start, and their reasons."""
    columns = schema.coverage.c
    with store.read() as connection:
        rows = connection.execute(select(columns.began, columns.ended, columns.reason).order_by(columns.began)).all()
    return [(_minute(began), _minute(ended), reason) for began, ended, reason in rows]


def _minute(at: int) -> float:
    return -1 if at == schema.OPEN else round((moment(at) - START) / MINUTE, 3)


def as_of(store: Store, minute: int) -> str:
    """Return what the setting A was, or why it is not known."""
    with store.read() as connection:
        (server,) = farm_as_of(connection, "sts.contoso.com", START + minute * MINUTE).servers
    answer = server.ask("schannel-setting")
    return str(answer.facts[0].fact.schannel_setting.number) if answer.facts else answer.reason


def test_the_newest_state_from_before_answers_for_the_whole_stretch(store: Store) -> None:
    agent = enrolled(store)
    send(store, agent, 10, full(1, {"A": 1}))
    assert lose(store, agent) == 1
    assert as_of(store, 20) == "1", "what was known before stays known"
    assert lost.REASON in as_of(store, 40)

    send(store, agent, 10, full(7, {"A": 1}))

    assert runs(store) == [(10, -1, "")]
    assert as_of(store, 40) == "1"


def test_a_state_that_was_under_way_when_the_copy_was_made_answers_from_its_own_instant_on(store: Store) -> None:
    agent = enrolled(store)
    send(store, agent, 10, full(1, {"A": 1}))
    lose(store, agent)

    send(store, agent, 25, full(7, {"A": 2}))

    assert runs(store) == [(10, 25, ""), (25, -1, "")]
    assert [as_of(store, 20), as_of(store, 40)] == ["1", "2"]


@pytest.mark.parametrize("number", [1, 2], ids=["the state of before", "another state"])
def test_a_state_from_within_the_stretch_answers_only_from_then_on(store: Store, number: int) -> None:
    agent = enrolled(store)
    send(store, agent, 10, full(1, {"A": 1}))
    lose(store, agent)

    send(store, agent, 50, full(7, {"A": number}))

    assert runs(store) == [(10, 30, ""), (30, 50, lost.REASON), (50, -1, "")]
    assert lost.REASON in as_of(store, 40)
    assert as_of(store, 55) == str(number)


def test_history_that_waited_in_the_spool_is_put_behind_the_stretch(store: Store) -> None:
    agent = enrolled(store)
    send(store, agent, 10, full(1, {"A": 1}))
    lose(store, agent)

    send(store, agent, 50, full(9, {"A": 3}))  # the newest first
    send(store, agent, 45, full(8, {"A": 2}))

    assert runs(store) == [(10, 30, ""), (30, 45, lost.REASON), (45, 50, ""), (50, -1, "")]
    assert [as_of(store, 46), as_of(store, 51)] == ["2", "3"]


def test_a_change_against_what_was_before_the_stretch_is_taken(store: Store) -> None:
    agent = enrolled(store)
    send(store, agent, 10, full(1, {"A": 1}))
    lose(store, agent)

    send(store, agent, 50, delta(7, {"A": 1}, {"A": 2}))

    assert runs(store) == [(10, 30, ""), (30, 50, lost.REASON), (50, -1, "")]


def test_of_two_losses_after_each_other_one_stretch_comes(store: Store) -> None:
    agent = enrolled(store)
    send(store, agent, 10, full(1, {"A": 1}))
    assert [lose(store, agent), lose(store, agent)] == [1, 0]
    assert runs(store) == [(10, 30, ""), (30, -1, lost.REASON)]


@pytest.mark.parametrize(
    ("up_to", "beyond", "oldest", "lacking"),
    [(5, (), 6, 0), (5, (), 7, 1), (5, (7,), 8, 1), (5, (6, 7), 8, 0), (0, (), 0, 0), (5, (), 3, 0), (0, (), 9, 8)],
)
def test_what_a_ledger_lacks_is_counted(up_to: int, beyond: tuple[int, ...], oldest: int, lacking: int) -> None:
    assert Ledger(agent_id="a", epoch=1, up_to=up_to, beyond=set(beyond)).lacks_below(oldest) == lacking


def test_an_agent_whose_numbers_are_gone_is_asked_for_everything(tmp_path: Path) -> None:
    with running(tmp_path / "data") as collector:
        identity = collector.enrol()
        with collector.stream(identity) as stream:
            stream.hello()
            stream.report(report_of(1, service("x")))
            stream.until_durable(1)
        with collector.stream(identity) as stream:
            stream.hello(oldest=5)
            wanted = stream.until("want_snapshot").want_snapshot
            assert wanted.probe == "", "every probe"
        assert collector.counts()["reports_lost"] == 3
        with collector.stream(identity) as stream:
            stream.hello(oldest=5)
            stream.report(report_of(5, service("x")))
            stream.until_durable(5)
        assert collector.counts()["reports_lost"] == 3, "it is said once"


def test_a_server_that_is_enrolled_anew_with_its_old_spool_has_lost_nothing(tmp_path: Path) -> None:
    from tests.fakes.agents import enrol

    with running(tmp_path / "data") as collector:
        with collector.stream(collector.enrol()) as stream:
            stream.hello()
            for sequence in range(1, 4):
                stream.report(report_of(sequence, service(f"s{sequence}")))
            stream.until_durable(3)
        again = enrol(collector.addresses["enrolment"], collector.ca_pem, collector.token(host="WAP01"), "WAP01")
        with collector.stream(again) as stream:
            stream.hello(oldest=4)
            stream.report(report_of(4, service("x")))
            stream.until_durable(4)
        assert collector.counts()["reports_lost"] == 0


def test_the_stretch_never_begins_before_the_last_sign(store: Store) -> None:
    agent = enrolled(store)
    send(store, agent, 10, full(1, {"A": 1}))
    with store.write() as connection:
        connection.execute(schema.coverage.update().values(covered_until=micros(START + 35 * MINUTE)))
    lose(store, agent)
    assert runs(store) == [(10, 35, ""), (35, -1, lost.REASON)]
