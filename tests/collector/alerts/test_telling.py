"""When a finding is told: held, worsened, acknowledged, flapping, in maintenance; and what holds whatever happens."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from farmsight_collector.alerts.standing import Standing
from farmsight_collector.alerts.telling import Decision, Observation, Policy, decide, first_seen, observe
from farmsight_collector.rules.rule import Severity
from tests.fakes.farms import NOW

S, M = timedelta(seconds=1), timedelta(minutes=1)
HOLD = {Severity.INFO: 10 * M, Severity.WARNING: 5 * M, Severity.ERROR: M, Severity.CRITICAL: timedelta(0)}
POLICY = Policy(hold=HOLD)


@dataclass
class Story:
    """One finding through time; what was told, each with its instant."""

    policy: Policy = POLICY
    standing: Standing | None = None
    told: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    maintenance: tuple[timedelta, timedelta] | None = None
    seconds: int = 0

    def sees(self, seconds: int, severity: int = 0, *servers: str, cause: bool = True) -> "Story":
        """Go so far ahead, with what falls due on the way, and evaluate: severity 0 is closed."""
        self.waits(seconds)
        standing = self.standing or first_seen("f", "store.issuing-ca-missing", self.at)
        if severity or standing.open:
            seen = Observation(
                open=bool(severity),
                cause=cause,
                severity=severity or standing.severity,
                servers=servers or ("WAP01",),
                content={},
            )
            self.standing = observe(standing, seen, self.at)
            self._decide()
        return self

    def waits(self, seconds: int) -> "Story":
        until = self.seconds + seconds
        while self.standing is not None and self.standing.due is not None:
            due = int((self.standing.due - NOW) / S)
            if due > until:
                break
            self.seconds = max(self.seconds, due)
            before = self.standing
            self._decide()
            assert self.standing != before, "looked at again without end"
        self.seconds = until
        return self

    def acknowledges(self, seconds: int) -> "Story":
        now = self.standing
        assert now is not None
        self.standing = replace(
            now, acknowledged=self.at + seconds * S, known_severity=now.severity, known_servers=now.servers, worse=None
        )
        self._decide()
        return self

    @property
    def at(self):
        return NOW + self.seconds * S

    def _decide(self) -> None:
        assert self.standing is not None
        begins, ends = self.maintenance or (timedelta(0), timedelta(0))
        held_until = NOW + ends if begins <= self.at - NOW < ends else None
        decision = decide(self.standing, self.at, self.policy, held_until)
        self.decisions.append(decision)
        if decision.event is not None:
            self.told.append(f"{self.seconds} {decision.event}")
        self.standing = decision.standing


def test_a_critical_finding_is_told_at_once_and_its_closing_too() -> None:
    assert Story().sees(0, Severity.CRITICAL).sees(90).told == ["0 opened", "90 closed"]


def test_an_error_is_told_when_it_has_stood_for_a_minute_and_a_shorter_one_never() -> None:
    assert Story().sees(0, Severity.ERROR).waits(600).told == ["60 opened"]
    assert Story().sees(0, Severity.ERROR).sees(59).waits(7200).told == []


def test_what_is_merely_worth_knowing_is_not_told_until_it_is_more() -> None:
    story = Story().sees(0, Severity.INFO).waits(9000)
    assert story.told == []
    assert story.sees(0, Severity.ERROR).waits(1).told == ["9000 opened"]


def test_worse_is_told_at_once_and_more_servers_together() -> None:
    story = Story().sees(0, Severity.ERROR).sees(100, Severity.CRITICAL)
    assert story.told == ["60 opened", "100 worsened"]
    story.sees(10, Severity.CRITICAL, "WAP01", "WAP02").sees(10, Severity.CRITICAL, "WAP01", "WAP02", "WAP03")
    assert story.waits(100).told[2:] == ["140 worsened"]
    story.sees(10, Severity.CRITICAL, "WAP02").sees(10, Severity.CRITICAL, "WAP01", "WAP02").waits(900)
    assert len(story.told) == 3, "a server that comes back was told already"


def test_better_is_not_told_and_worse_again_neither() -> None:
    story = Story().sees(0, Severity.CRITICAL).sees(60, Severity.WARNING).sees(60, Severity.CRITICAL).sees(60)
    assert story.told == ["0 opened", "180 closed"]


def test_a_symptom_is_not_told_on_its_own_and_its_closing_is_when_it_was() -> None:
    assert Story().sees(0, Severity.CRITICAL, cause=False).waits(9000).told == []
    story = Story().sees(0, Severity.CRITICAL).sees(30, Severity.CRITICAL, cause=False).waits(9000)
    assert story.sees(0).told == ["0 opened", "9030 closed"]
    later = Story().sees(0, Severity.ERROR, cause=False).sees(500, Severity.ERROR).waits(100)
    assert later.told == ["560 opened"], "held from when it was no longer explained"


def test_what_opens_and_closes_again_and_again_is_told_once_as_flapping_and_once_settled() -> None:
    story = Story()
    for _ in range(10):
        story.sees(60, Severity.CRITICAL).sees(60)
    assert story.told == ["60 opened", "120 closed", "180 opened", "240 closed", "300 flapping"]
    assert story.standing is not None
    assert story.standing.flaps == 10
    story.waits(7200)
    assert story.told[5:] == ["3000 settled"], "half an hour after it last closed"
    assert story.standing is None
    open_in_the_end = Story()
    for _ in range(3):
        open_in_the_end.sees(10).sees(10, Severity.WARNING)  # each shorter than its hold
    assert open_in_the_end.waits(7200).told == ["60 flapping", "1860 settled"]
    assert open_in_the_end.sees(0).told[2:] == ["7260 closed"]


def test_what_flaps_and_becomes_worse_is_told() -> None:
    story = Story()
    for _ in range(3):
        story.sees(60, Severity.WARNING).sees(60)
    assert story.told == ["300 flapping"]
    assert story.sees(60, Severity.CRITICAL).told[1:] == ["420 worsened"]
    assert story.sees(60).sees(60, Severity.CRITICAL).told[2:] == []


def test_openings_that_lie_far_apart_are_no_flapping() -> None:
    story = Story()
    for _ in range(5):
        story.sees(1000, Severity.CRITICAL).sees(1000)
    assert {told.split()[1] for told in story.told} == {"opened", "closed"}


def test_an_acknowledged_finding_is_quiet_until_it_worsens_closes_or_time_is_up() -> None:
    quiet = Story(policy=replace(POLICY, remind_every=10 * M)).sees(0, Severity.ERROR).waits(60)
    assert quiet.acknowledges(3600).waits(3599).told == ["60 opened"]
    assert quiet.waits(2).told[1:] == ["3660 reminder"]
    assert quiet.decisions[-1].acknowledgement_ended == "expired"
    worse = Story().sees(0, Severity.ERROR).waits(60).acknowledges(3600).sees(60, Severity.CRITICAL)
    assert worse.told == ["60 opened", "120 worsened"]
    assert worse.decisions[-1].acknowledgement_ended == "worsened"
    closed = Story().sees(0, Severity.ERROR).waits(60).acknowledges(3600).sees(60)
    assert closed.told == ["60 opened", "120 closed"]
    assert closed.decisions[-1].acknowledgement_ended == "closed"


def test_what_was_acknowledged_before_it_was_told_is_told_when_time_is_up() -> None:
    story = Story().sees(0, Severity.WARNING).acknowledges(600)
    assert story.waits(599).told == []
    assert story.waits(1).told == ["600 opened"]
    assert Story().sees(0, Severity.WARNING).acknowledges(600).sees(60).waits(900).told == []


def test_reminders_come_when_asked_for() -> None:
    story = Story(policy=replace(POLICY, remind_every=10 * M)).sees(0, Severity.CRITICAL).waits(1300)
    assert story.told == ["0 opened", "600 reminder", "1200 reminder"]


def test_maintenance_holds_back_and_at_its_end_what_is_still_so_is_told() -> None:
    still = Story(maintenance=(timedelta(0), 60 * M)).sees(100, Severity.CRITICAL).waits(7200)
    assert still.told == ["3600 opened"]
    assert still.decisions[-1].before.held
    over = Story(maintenance=(timedelta(0), 60 * M)).sees(100, Severity.CRITICAL).sees(100).waits(7200)
    assert over.told == []
    assert over.standing is None
    told_before = Story(maintenance=(10 * M, 60 * M)).sees(0, Severity.CRITICAL).sees(900).waits(7200)
    assert told_before.told == ["0 opened", "3600 closed"]
    restarts = Story(maintenance=(timedelta(0), 60 * M))
    for _ in range(10):
        restarts.sees(60, Severity.CRITICAL).sees(60)
    assert restarts.waits(7200).told == [], "services that are restarted on purpose do not flap"


def test_a_standing_is_the_same_after_the_store() -> None:
    story = Story().sees(0, Severity.ERROR, "WAP01", "WAP02").waits(60).acknowledges(60)
    assert story.standing is not None
    assert Standing.from_json(story.standing.to_json()) == story.standing


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("sees", "sees", "sees", "waits", "acknowledges")),
        st.integers(1, 4000),
        st.integers(0, 4),
        st.sampled_from((("WAP01",), ("WAP01", "WAP02"), ("STS01",))),
        st.booleans(),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=300)
@given(STEPS, st.sampled_from((None, 20 * M)), st.sampled_from((None, (30 * M, 90 * M))))
def test_whatever_happens_each_opening_that_was_told_is_told_closed_or_still_open_and_nothing_twice(
    steps, remind, maintenance
) -> None:
    story = Story(policy=replace(POLICY, remind_every=remind), maintenance=maintenance)
    for verb, seconds, severity, servers, cause in steps:
        if verb == "sees":
            story.sees(seconds, severity, *servers, cause=cause)
        elif verb == "waits" or story.standing is None or not story.standing.open:
            story.waits(seconds)
        else:
            story.acknowledges(seconds)
    story.waits(20_000)
    _told_in_order(story)
    is_open = story.standing is not None and story.standing.open
    assert _thought_open(story) <= is_open, "people think open what is closed"


def _told_in_order(story: Story) -> None:
    """Check what people heard, in its order."""
    thought_open = False
    for decision in story.decisions:
        event, now = decision.event, decision.standing
        if event in ("opened", "flapping"):
            assert event == "flapping" or not thought_open, "told open twice"
            thought_open = True
        elif event in ("worsened", "reminder"):
            assert thought_open or decision.before.acknowledged, f"{event} of what nobody heard of"
            thought_open = True
        elif event == "closed":
            assert thought_open, "told closed twice"
            assert not decision.before.open, "told closed what is open"
        elif event == "settled":
            assert thought_open
        if event == "closed" or (event == "settled" and not decision.before.open):
            thought_open = False
        if event == "worsened":
            assert now is not None
            worse = now.known_severity > decision.before.known_severity
            assert worse or now.known_servers != decision.before.known_servers


def _thought_open(story: Story) -> bool:
    thought = False
    for decision in story.decisions:
        if decision.event == "closed" or (decision.event == "settled" and not decision.before.open):
            thought = False
        elif decision.event is not None:
            thought = True
    return thought
