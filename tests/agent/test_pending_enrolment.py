"""An enrolment that a package left to the service: tried until it succeeds, told while it does not."""

import itertools
import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farmsight_agent import doctor, pending_enrolment
from farmsight_agent.clock import SystemClock
from farmsight_agent.pending_enrolment import Pending

TOKEN = "fs1.c2VjcmV0"
AT = "2026-11-27T03:00:00+00:00"


class Given:
    """A clock that waits in no time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 27, 4, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def within(self, seconds: float) -> bool:
        self.seconds += seconds
        return False


def waits(folder: Path, **values: str) -> None:
    pending_enrolment.save(folder, Pending(collector="collector.contoso.com:7443", token=TOKEN, since=AT, **values))


def becomes_known(folder: Path) -> None:
    identity = folder / "identity"
    identity.mkdir(exist_ok=True)
    for name in ("agent.key", "agent.crt"):
        (identity / name).write_text("x")


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], list[Pending]]:
    """Return a way to say how the attempts go, one text each: "" is success."""

    def going(outcomes: list[str]) -> list[Pending]:
        seen: list[Pending] = []

        def once(state_dir: Path, pending: Pending) -> str:
            seen.append(pending)
            return outcomes[len(seen) - 1]

        monkeypatch.setattr(pending_enrolment, "_enroll", once)
        return seen

    return going


def test_nothing_waits_where_nothing_was_left(tmp_path: Path) -> None:
    assert pending_enrolment.load(tmp_path) is None


@pytest.mark.skipif(os.name == "nt", reason="modes of files are Unix'")
def test_the_token_lies_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    waits(tmp_path)
    assert stat.S_IMODE((tmp_path / pending_enrolment.FILE).stat().st_mode) == 0o600


def test_it_is_tried_until_it_succeeds_and_then_forgotten(
    tmp_path: Path, tried: Callable[[list[str]], list[Pending]]
) -> None:
    waits(tmp_path)
    clock, seen = Given(), tried(["no connection", "no connection", ""])

    pending_enrolment.settle(tmp_path, clock, clock.within)

    assert [one.attempts for one in seen] == [0, 1, 2]
    assert not (tmp_path / pending_enrolment.FILE).exists()


def test_the_pauses_grow_to_ten_minutes(tmp_path: Path, tried: Callable[[list[str]], list[Pending]]) -> None:
    waits(tmp_path)
    clock = Given()
    at: list[float] = []
    seen = tried(["no connection"] * 12 + [""])
    enroll = pending_enrolment._enroll

    def noting(state_dir: Path, pending: Pending) -> str:
        at.append(clock.seconds)
        return enroll(state_dir, pending)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pending_enrolment, "_enroll", noting)
        pending_enrolment.settle(tmp_path, clock, clock.within)

    pauses = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert len(seen) == 13
    assert pauses[0] < 10
    assert max(pauses) <= 600 * 1.25 + 2
    assert min(pauses[-3:]) >= 600 * 0.75


def test_who_was_enrolled_by_hand_is_not_enrolled_again(
    tmp_path: Path, tried: Callable[[list[str]], list[Pending]]
) -> None:
    waits(tmp_path)
    becomes_known(tmp_path)
    seen, clock = tried([]), Given()

    assert pending_enrolment.settle(tmp_path, clock, clock.within)

    assert seen == []
    assert not (tmp_path / pending_enrolment.FILE).exists()


def test_an_enrolment_by_hand_ends_a_pause(tmp_path: Path, tried: Callable[[list[str]], list[Pending]]) -> None:
    waits(tmp_path)
    tried(["token refused"])
    clock = Given()

    def by_hand(seconds: float) -> bool:
        becomes_known(tmp_path)
        return clock.within(seconds)

    assert pending_enrolment.settle(tmp_path, clock, by_hand)
    assert clock.seconds < 5


def test_a_stop_ends_it_and_it_waits_on(tmp_path: Path, tried: Callable[[list[str]], list[Pending]]) -> None:
    waits(tmp_path)
    tried(["no connection"])

    assert not pending_enrolment.settle(tmp_path, Given(), lambda _seconds: True)

    left = pending_enrolment.load(tmp_path)
    assert left is not None
    assert (left.token, left.attempts, left.last_error) == (TOKEN, 1, "no connection")


def test_doctor_says_since_when_how_often_and_why_not(
    tmp_path: Path, tried: Callable[[list[str]], list[Pending]]
) -> None:
    waits(tmp_path)
    tried(["collector.contoso.com:7443 did not enroll this agent: the token was used (PERMISSION_DENIED)"])
    pending_enrolment.settle(tmp_path, Given(), lambda _seconds: True)

    step = next(doctor.Doctor(tmp_path / "agent.toml").examine())

    assert (step.step, step.state) == ("enrolment", "failed")
    for said in ("since 2026-11-27 03:00 UTC", "tried 1 times", "2026-11-27 04:00 UTC", "the token was used"):
        assert said in step.says
    assert TOKEN not in step.says + step.remedy


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"collector": "x"}', '{"surprise": 1}'])
def test_a_file_that_can_not_be_understood_is_told_and_tried_with_nothing(
    tmp_path: Path, text: str, tried: Callable[[list[str]], list[Pending]]
) -> None:
    (tmp_path / pending_enrolment.FILE).write_text(text)
    seen = tried([])

    pending_enrolment.settle(tmp_path, Given(), lambda _seconds: True)

    assert seen == []
    assert "can't be understood" in next(doctor.Doctor(tmp_path / "agent.toml").examine()).says
    assert (tmp_path / pending_enrolment.FILE).read_text() == text


def test_the_real_command_fails_with_the_reason_and_without_the_token(tmp_path: Path) -> None:
    pending_enrolment.save(tmp_path, Pending(collector="127.0.0.1:9", token=TOKEN, since=AT))

    pending_enrolment.settle(tmp_path, SystemClock(), lambda _seconds: True)

    left = json.loads((tmp_path / pending_enrolment.FILE).read_text())
    assert left["attempts"] == 1
    assert "the token" in left["last_error"]
    assert TOKEN not in left["last_error"]


def test_a_role_that_was_not_expected_is_warned_of(
    tmp_path: Path, tried: Callable[[list[str]], list[Pending]], caplog: pytest.LogCaptureFixture
) -> None:
    waits(tmp_path, role="adfs")
    tried([""])
    (tmp_path / "identity").mkdir()
    known = {"agent_id": "a", "farm": "sts.contoso.com", "server": "WAP01", "role": "wap"}
    (tmp_path / "identity/membership.json").write_text(json.dumps(known))

    pending_enrolment.settle(tmp_path, Given(), lambda _seconds: True)

    assert "told ROLE=adfs, and the token made WAP01 a wap" in caplog.text
