"""The schedule: every run ends in an outcome, nothing a probe does ends the schedule."""

import threading
import time

import pytest

from farmsight_agent.config import Config
from farmsight_agent.outcome import DeniedError, UnavailableError
from farmsight_agent.probe import Part, Tools, part_not_observed
from farmsight_agent.schedule import Planned, Schedule
from farmsight_agent.spool import Spool
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import OUTCOME_NAMES
from tests.fakes.reports import SetClock, listener, probe


@pytest.fixture
def schedule_of():
    spools = []

    def build(*probes, role="wap", cadence=None):
        spool = Spool(None, limit_bytes=1 << 20, blob_limit=0, clock=SetClock())
        spools.append(spool)
        tools = Tools(host=None, config=Config(role=role), clock=SetClock(), contexts=None, blobs=spool)
        return Schedule(probes, tools, spool, cadence=cadence), spool

    yield build
    for spool in spools:
        spool.close()


def outcomes(spool, name="listeners"):
    return {state.part: (OUTCOME_NAMES[state.outcome], state.reason) for state in spool.states(name)}


def yielding(*parts):
    return lambda tools: iter(parts)


def raising(error):
    def collect(tools):
        raise error
        yield

    return collect


def test_what_was_seen_is_observed_and_an_error_names_its_reason(schedule_of):
    schedule, spool = schedule_of(
        probe(collect=yielding(Part(facts=(listener(443),)))),
        probe("services", collect=raising(DeniedError("not-root"))),
        probe("events", collect=raising(RuntimeError("bug"))),
    )
    schedule.run_once()

    assert outcomes(spool) == {"": ("observed", "")}
    assert outcomes(spool, "services") == {"": ("denied", "not-root")}
    assert outcomes(spool, "events") == {"": ("failed", "probe-failed")}


def test_when_the_whole_run_fails_every_part_that_was_known_is_unknown(schedule_of):
    parts = [Part(part="ROOT", facts=(listener(1),)), Part(part="Custom", facts=(listener(2),))]
    answers = [yielding(*parts), raising(UnavailableError("gone"))]

    def collect(tools):
        return answers.pop(0)(tools)

    one = probe("certificate-stores", parts=("ROOT", "CA", "MY"), collect=collect)
    schedule, spool = schedule_of(one)
    schedule.run_once()
    schedule.run_once()

    found = outcomes(spool, "certificate-stores")
    assert found == {"ROOT": ("unavailable", "gone"), "Custom": ("unavailable", "gone")}


def test_a_part_that_a_run_no_longer_speaks_of_is_told_as_gone(schedule_of):
    answers = [[Part(part="a"), Part(part="b")], [Part(part="a")]]
    schedule, spool = schedule_of(probe(collect=lambda tools: iter(answers.pop(0))))
    schedule.run_once()
    schedule.run_once()
    assert outcomes(spool) == {"a": ("observed", ""), "b": ("not_applicable", "gone")}


def test_a_probe_past_its_deadline_is_timed_out_and_not_started_again_until_it_ended(schedule_of):
    release, starts = threading.Event(), []

    def hang(tools):
        starts.append(1)
        release.wait(10)
        return iter([Part()])

    schedule, spool = schedule_of(probe(collect=hang, deadline_s=0.05))
    schedule.run_once()
    assert outcomes(spool) == {"": ("timed_out", "deadline")}
    schedule.run_once()
    assert len(starts) == 1
    release.set()
    time.sleep(0.1)
    schedule.run_once()
    assert len(starts) == 2
    assert outcomes(spool) == {"": ("observed", "")}


def test_a_role_that_a_probe_is_not_for_is_known_not_to_apply(schedule_of):
    schedule, spool = schedule_of(probe("adfs", roles=frozenset({"adfs"}), parts=("properties",)))
    schedule.run_once()
    assert outcomes(spool, "adfs") == {"properties": ("not_applicable", "other-role")}


def test_two_facts_of_one_identity_fail_the_probe_not_the_schedule(schedule_of):
    schedule, spool = schedule_of(probe(collect=yielding(Part(facts=(listener(1), listener(1, "other"))))))
    schedule.run_once()
    assert outcomes(spool) == {"": ("failed", "not-reportable")}


def test_contexts_are_parts_of_their_own(schedule_of):
    error = DeniedError("not-root")
    parts = (
        Part(context=facts_pb2.CONTEXT_SYSTEM),
        part_not_observed(error, context=facts_pb2.CONTEXT_NETWORK_SERVICE),
    )
    schedule, spool = schedule_of(probe(collect=yielding(*parts)))
    schedule.run_once()
    states = {state.context: state.outcome for state in spool.states("listeners")}
    assert states == {
        facts_pb2.CONTEXT_SYSTEM: telemetry_pb2.PROBE_OUTCOME_OBSERVED,
        facts_pb2.CONTEXT_NETWORK_SERVICE: telemetry_pb2.PROBE_OUTCOME_DENIED,
    }


def test_only_runs_that_change_nothing_are_for_the_check_in(schedule_of):
    schedule, _ = schedule_of(probe(collect=yielding(Part(facts=(listener(443),)))))
    schedule.run_once()
    assert schedule.unchanged_runs() == []
    schedule.run_once()
    (run,) = schedule.unchanged_runs()
    assert run.probe == "listeners"
    schedule.put_back([run])
    assert schedule.unchanged_runs() == [run]


@pytest.mark.parametrize(("asked", "given"), [(1, 30), (300, 300), (10**9, 86400)])
def test_the_collector_may_only_say_how_often_and_within_bounds(schedule_of, asked, given):
    schedule, spool = schedule_of(probe(collect=yielding(Part())))
    schedule.set_cadence("listeners", asked)
    schedule.set_cadence("shell", asked)
    schedule.run_once()
    assert spool.states("listeners")[0].cadence.seconds == given
    assert schedule.probes == ("listeners",)


def test_the_first_round_is_prompt_and_begins_with_what_is_little_work(schedule_of, monkeypatch):
    """Who starts an agent sees the server within seconds, and what takes minutes keeps nothing waiting."""
    monkeypatch.setattr("farmsight_agent.schedule._FIRST_WITHIN_S", 0.0)
    ran, all_ran = [], threading.Event()

    def noting(name):
        def collect(tools):
            ran.append(name)
            tools.clock.seconds += 1
            if len(ran) == 3:
                all_ran.set()
            return iter([Part()])

        return collect

    schedule, _ = schedule_of(
        *(
            probe(name, deadline_s=deadline_s, period_s=3600, collect=noting(name))
            for name, deadline_s in (("retrievals", 600), ("services", 30), ("agent", 120))
        )
    )
    thread = threading.Thread(target=schedule.run)
    thread.start()
    assert all_ran.wait(5)
    time.sleep(0.05)
    schedule.stop()
    thread.join(5)

    assert ran == ["services", "agent", "retrievals"]
    dues = [planned.due - 1000 for planned in schedule._planned.values()]
    assert all(1800 <= due <= 3970 for due in dues)
    assert len(set(dues)) == 3


def test_how_long_a_run_took_is_told_when_it_is_news():
    planned = Planned(probe("services"), 120)

    assert planned.duration_is_news(1.0, 0.0)
    assert not planned.duration_is_news(1.9, 120.0)
    assert planned.duration_is_news(2.0, 240.0)
    assert not planned.duration_is_news(2.0, 3839.0)
    assert planned.duration_is_news(2.0, 3840.0)
    assert planned.duration_is_news(0.001, 3900.0)
    assert not planned.duration_is_news(0.09, 3960.0), "below a tenth of a second all are alike"


def test_it_stops_when_told(schedule_of):
    schedule, _ = schedule_of(probe(collect=yielding(Part())))
    thread = threading.Thread(target=schedule.run)
    thread.start()
    schedule.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_part_that_changed_does_not_keep_the_others_from_being_covered(schedule_of):
    ports = iter((443, 444))

    def collect(_tools):
        yield Part(part="changes", facts=(listener(next(ports)),))
        yield Part(part="stays", facts=())

    schedule, _ = schedule_of(probe(collect=collect))
    schedule.run_once()
    schedule.unchanged_runs()

    schedule.run_once()

    (run,) = schedule.unchanged_runs()
    assert run.probe == "listeners"
