"""When probes run: jittered, one at a time, each within its deadline; never dies."""

import logging
import math
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from farmsight_agent import reporting
from farmsight_agent.clock import Clock, timestamp
from farmsight_agent.config import LONGEST_CADENCE_S, SHORTEST_CADENCE_S
from farmsight_agent.outcome import FailedError, NotApplicableError, NotObservedError, TimedOutError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.reporting import StateKey
from farmsight_agent.spool import Spool
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.telemetry_pb2 import ProbeReport

_LOG: Final = logging.getLogger(__name__)
_JITTER: Final = 0.1
_SPREAD: Final = 0.5
_SHORT_S: Final = 0.1  # durations below are alike
_TELL_AGAIN_S: Final = 3600.0
_FIRST_WITHIN_S: Final = 3.0


class Attempt:
    """One run of a probe on a thread that nobody has to wait for, not even the end of the program."""

    def __init__(self, probe: Probe, tools: Tools) -> None:
        """Start it."""
        self._parts: list[Part] = []
        self._error: BaseException | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._run, args=(probe, tools), name=f"probe-{probe.id}", daemon=True).start()

    def _run(self, probe: Probe, tools: Tools) -> None:
        try:
            self._parts = probe.run(tools)
        except BaseException as error:  # handed to whoever waits for the parts
            self._error = error
        finally:
            self._ended.set()

    def parts(self, deadline_s: float) -> list[Part]:
        """Return what the probe saw, or raise what it raised; TimedOutError at the deadline."""
        if not self._ended.wait(deadline_s):
            raise TimedOutError("deadline", f"still running after {deadline_s:g} s")
        if self._error is not None:
            raise self._error
        return self._parts

    def running(self) -> bool:
        """Return whether it still runs."""
        return not self._ended.is_set()


@dataclass
class Planned:
    """One probe and its place in time (monotonic seconds)."""

    probe: Probe
    every_s: int
    due: float = 0.0
    ran: bool = False
    attempt: Attempt | None = None
    told_s: float = 0.0
    told_at: float = -math.inf

    def duration_is_news(self, took_s: float, now: float) -> bool:
        """Return whether to tell how long a run took: it doubled or halved, or an hour went by."""
        low, high = sorted((max(took_s, _SHORT_S), max(self.told_s, _SHORT_S)))
        if now - self.told_at < _TELL_AGAIN_S and high < 2 * low:
            return False
        self.told_s, self.told_at = took_s, now
        return True


@dataclass(frozen=True, kw_only=True)
class ProbeRun:
    """A run that changed nothing: what a check-in tells."""

    probe: str
    ended: float  # monotonic seconds


class Schedule:
    """Runs probes and records their reports."""

    def __init__(
        self, probes: Sequence[Probe], tools: Tools, spool: Spool, *, cadence: Mapping[str, int] | None = None
    ) -> None:
        """Plan every probe; `cadence` holds seconds for probes that differ from their own period."""
        self._tools = tools
        self._spool = spool
        self._clock: Clock = tools.clock
        wanted = cadence or {}
        self._planned = {p.id: Planned(p, _clamp(wanted.get(p.id, p.period_s))) for p in probes}
        self._wake = threading.Condition()
        self._stopping = False
        self._unchanged: dict[str, ProbeRun] = {}

    @property
    def probes(self) -> tuple[str, ...]:
        """Return the names of the probes, in their order."""
        return tuple(self._planned)

    @property
    def platform(self) -> str:
        """Return the platform of the host that the probes look at."""
        return self._tools.host.platform

    def run(self) -> None:
        """Run probes until `stop`: each once soon, those of little work first, then each at its own jittered time.

        Many agents that start at once are spread by the uplink, which a
        collector slows down; who starts one agent waits to see something.
        """
        begins = self._clock.monotonic() + random.uniform(0, _FIRST_WITHIN_S)
        little_first = sorted(self._planned.values(), key=lambda each: each.probe.deadline_s)
        for place, planned in enumerate(little_first):
            planned.due = begins + place / 1000  # one at a time, in this order
        while True:
            with self._wake:
                if self._stopping:
                    return
                planned = min(self._planned.values(), key=lambda each: each.due)
                wait = planned.due - self._clock.monotonic()
                if wait > 0:
                    self._wake.wait(min(wait, 60.0))
                    continue
            self.run_probe(planned.probe.id)
            # After the first round the probes of this agent, and those of others, part ways.
            shortest = 1 - (_JITTER if planned.ran else _SPREAD)
            planned.ran = True
            planned.due = self._clock.monotonic() + planned.every_s * random.uniform(shortest, 1 + _JITTER)

    def run_once(self) -> None:
        """Run every probe once, in order."""
        for name in self.probes:
            if not self._stopping:
                self.run_probe(name)

    def stop(self) -> None:
        """End `run` after the probe under way; probes past their deadline are left behind."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def set_cadence(self, probe: str, seconds: int) -> None:
        """Run a probe as often as a collector asks, within bounds; an unknown probe is ignored."""
        with self._wake:
            planned = self._planned.get(probe)
            if planned is None or seconds <= 0:
                return
            planned.every_s = _clamp(seconds)
            planned.due = min(planned.due, self._clock.monotonic() + planned.every_s)
            self._wake.notify_all()

    def unchanged_runs(self) -> list[ProbeRun]:
        """Take the runs since the last call that changed nothing, the newest of each probe."""
        with self._wake:
            runs, self._unchanged = list(self._unchanged.values()), {}
        return runs

    def put_back(self, runs: Sequence[ProbeRun]) -> None:
        """Return runs that could not be told; a newer run of the same probe stays."""
        with self._wake:
            for run in runs:
                self._unchanged.setdefault(run.probe, run)

    def run_probe(self, name: str) -> None:
        """Run one probe and record what came of it, whatever that is."""
        planned = self._planned[name]
        if planned.attempt is not None and planned.attempt.running():
            _LOG.warning("probe %s still runs from an earlier time; not started again", name)
            return
        reports = self.reports(name)
        try:
            changed = self._spool.record(reports)
        except Exception:  # the schedule outlives even a spool that fails in memory
            _LOG.exception("probe %s: its reports could not be kept", name)
            return
        # A report covers its own part only: without a word on the others they would look unseen.
        if not changed or len(reports) > 1:
            with self._wake:
                self._unchanged[name] = ProbeRun(probe=name, ended=self._clock.monotonic())

    def reports(self, name: str) -> list[ProbeReport]:
        """Run one probe and return the full reports of its parts; raises nothing."""
        planned = self._planned[name]
        started, began = self._clock.now(), self._clock.monotonic()
        parts = self._parts(planned)
        took = self._clock.monotonic() - began
        try:
            return self._reports(planned, parts, started, took)
        except Exception as error:  # two facts of one name, a fact without a value: the probe's fault
            _LOG.exception("probe %s: what it saw can't be told", name)
            parts = self._all_not_observed(planned.probe, FailedError("not-reportable", str(error)))
            return self._reports(planned, parts, started, took)

    def _reports(self, planned: Planned, parts: list[Part], started: datetime, took: float) -> list[ProbeReport]:
        reports = [
            reporting.full_report(planned.probe, part, started=started, took_s=took, cadence_s=planned.every_s)
            for part in parts
        ]
        if reports and planned.duration_is_news(took, self._clock.monotonic()):
            reports[0].samples.append(
                telemetry_pb2.Sample(
                    series="probe-duration-ms", key=planned.probe.id, at=timestamp(started), value=took * 1000
                )
            )
        return reports

    def _parts(self, planned: Planned) -> list[Part]:
        """Run one probe and return its parts, each with an outcome; raises nothing."""
        probe = planned.probe
        if self._tools.config.role not in probe.roles:
            return self._all_not_observed(
                probe, NotApplicableError("other-role", f"not on a {self._tools.config.role}")
            )
        try:
            planned.attempt = Attempt(probe, self._tools)
            parts = planned.attempt.parts(probe.deadline_s)
        except NotObservedError as error:
            return self._all_not_observed(probe, error)
        except Exception as error:
            _LOG.exception("probe %s failed", probe.id)
            return self._all_not_observed(probe, FailedError("probe-failed", f"{type(error).__name__}: {error}"))
        return parts + self._gone(probe, parts)

    def _gone(self, probe: Probe, parts: Sequence[Part]) -> list[Part]:
        """Return parts for what an earlier run spoke of and this one did not: it is not there any more."""
        spoken = {StateKey(probe.id, part.part, part.context) for part in parts}
        gone = self._known(probe) - spoken
        error = NotApplicableError("gone", "the last run did not find this part any more")
        return [part_not_observed(error, part=key.part, context=key.context) for key in sorted(gone)]

    def _all_not_observed(self, probe: Probe, error: NotObservedError) -> list[Part]:
        keys = self._known(probe) or {StateKey(probe.id, part, facts_pb2.CONTEXT_UNSPECIFIED) for part in probe.parts}
        return [part_not_observed(error, part=key.part, context=key.context) for key in sorted(keys)]

    def _known(self, probe: Probe) -> set[StateKey]:
        try:
            return {reporting.key_of(state) for state in self._spool.states(probe.id)}
        except Exception:  # a spool in trouble says so itself, when it is written
            return set()


def _clamp(seconds: int) -> int:
    return max(SHORTEST_CADENCE_S, min(LONGEST_CADENCE_S, seconds))
