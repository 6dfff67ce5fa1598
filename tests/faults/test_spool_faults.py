"""The spool in foul weather: cut streams, restarts, damage, a full disk, a mad clock."""

import contextlib
import datetime as dt
import sqlite3
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from farmsight_agent.reporting import key_of
from farmsight_agent.selfwatch import SelfWatch
from farmsight_agent.spool import Spool
from tests.fakes.reports import NOW, SetClock, listener, report

MIB = 1024 * 1024


def open_spool(folder: Path, clock=None, limit=4 * MIB) -> Spool:
    return Spool(folder / "spool.db", limit_bytes=limit, blob_limit=MIB, clock=clock or SetClock())


class DeliveryMachine(RuleBasedStateMachine):
    """Every sequence is durable exactly once or counted as dropped, whatever is cut, repeated or restarted."""

    def __init__(self):
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.spool = open_spool(Path(self.folder.name), limit=MIB)
        self.epoch = self.spool.epoch
        self.durable: dict[int, object] = {}
        self.sent: set[int] = set()
        self.states: dict = {}
        self.counted_before = 0

    @rule(
        name=st.sampled_from(["listeners", "services", "events"]), size=st.integers(0, 60_000), mark=st.integers(0, 5)
    )
    def observe(self, name, size, mark):
        seen = report(listener(443, "x" * size + str(mark)), name=name)
        self.spool.record([seen])
        self.states[key_of(seen)] = seen.digest

    @rule(count=st.integers(0, 6), lose=st.booleans())
    def send(self, count, lose):
        """Some frames go out; with `lose` the collector commits them and the acknowledgement never comes."""
        for item in self.spool.to_send(self.sent, resuming=not self.sent)[:count]:
            frame = self.spool.frame(item.sequence, whole=item.whole)
            self.sent.add(item.sequence)
            before = self.durable.setdefault(item.sequence, frame.report.digest)
            assert before == frame.report.digest, "one sequence must never mean two things"
            if not lose:
                self.spool.settle(0, [item.sequence])

    @rule()
    def repeat_acknowledgements(self):
        self.spool.settle(0, list(self.durable))

    @rule()
    def cut(self):
        self.sent = set()

    @rule()
    def restart(self):
        self.counted_before += self.spool.dropped + self.spool.renumbered
        self.spool.close()
        self.spool = open_spool(Path(self.folder.name), limit=MIB)
        self.sent = set()

    @precondition(lambda self: self.spool.next_sequence > 1)
    @rule()
    def drain(self):
        """Everything that is owed arrives; the newest states at the collector are the newest of the agent."""
        newest = {}
        for item in self.spool.to_send(set(), resuming=True):
            frame = self.spool.frame(item.sequence, whole=item.whole)
            self.durable[item.sequence] = frame.report.digest
        self.spool.settle(0, list(self.durable))
        assert self.spool.size()[1] == 0
        for name in {key.probe for key in self.states}:
            for state in self.spool.states(name):
                newest[key_of(state)] = state.digest
                assert state.sequence in self.durable
        assert newest == self.states

    @invariant()
    def nothing_is_lost_uncounted(self):
        owed = {item.sequence for item in self.spool.to_send(set(), resuming=True)}
        given = set(range(1, self.spool.next_sequence))
        missing = given - owed - self.durable.keys()
        assert len(missing) <= self.counted_before + self.spool.dropped + self.spool.renumbered
        assert self.spool.epoch == self.epoch

    def teardown(self):
        self.spool.close()
        self.folder.cleanup()


DeliveryMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
TestDelivery = DeliveryMachine.TestCase


@pytest.mark.parametrize("where", ["header", "middle", "all"])
def test_a_damaged_spool_is_moved_aside_and_a_new_epoch_begins(tmp_path, where):
    spool = open_spool(tmp_path)
    epoch = spool.epoch
    for n in range(50):
        spool.record([report(listener(n + 1, "x" * 3000))])
    spool.close()
    path = tmp_path / "spool.db"
    data = bytearray(path.read_bytes())
    start, end = {"header": (0, 100), "middle": (4096, 40_960), "all": (0, len(data))}[where]
    data[start:end] = b"\x5a" * (end - start)
    path.write_bytes(data)

    again = open_spool(tmp_path)

    assert again.quarantined
    assert "damaged" in again.trouble
    assert again.epoch != epoch
    assert again.next_sequence == 1
    assert len(list(tmp_path.glob("spool.db.damaged-20261123T100000"))) == 1
    assert again.record([report(listener(443))])
    again.close()


def test_a_row_whose_bytes_turned_is_found_by_its_checksum(tmp_path):
    spool = open_spool(tmp_path)
    spool.record([report(listener(443))])
    spool.close()
    database = sqlite3.connect(tmp_path / "spool.db")
    database.execute("UPDATE pending SET body = CAST(substr(body, 1, length(body) - 1) || x'00' AS BLOB)")
    database.commit()
    database.close()

    again = open_spool(tmp_path)
    assert not again.quarantined
    assert again.frame(1, whole=True) is None
    assert again.quarantined
    assert again.record([report(listener(443))])
    again.close()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own that a test can fill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "farmsight-test", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_with_a_full_disk_the_agent_goes_on_in_memory_says_so_and_comes_back(small_disk):
    spool = open_spool(small_disk)
    spool.record([report(listener(443))])
    epoch = spool.epoch
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)

    for run in range(40):
        spool.record([report(listener(443, "y" * 20_000 + str(run)))])

    assert "can't be written" in spool.trouble
    assert spool.epoch != epoch
    assert spool.states("listeners")[0].facts[0].fact.listener.process_name.endswith("39")
    assert spool.to_send(set(), resuming=True)

    ballast.unlink()
    spool.tend()

    assert spool.epoch == epoch, "the spool on disk is the one that was there, with what was pending"
    assert spool.trouble == ""
    assert {item.sequence for item in spool.to_send(set(), resuming=True)} >= {1, 2}
    assert spool.states("listeners")[0].facts[0].fact.listener.process_name.endswith("39")
    spool.close()
    again = open_spool(small_disk)
    assert again.states("listeners")[0].facts[0].fact.listener.process_name.endswith("39")
    again.close()


def test_a_folder_that_can_not_be_written_means_memory_not_an_end(tmp_path):
    (tmp_path / "spool.db").mkdir()
    spool = open_spool(tmp_path)
    assert spool.record([report(listener(443))])
    assert "can't be written" in spool.trouble
    told = SelfWatch(spool, started_at=NOW, identity_not_after=lambda: None).health()
    assert "can't be written" in told.last_trouble, "the agent's fact on itself tells the collector"
    spool.close()


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_ten_years_off_changes_nothing_about_order(tmp_path, years):
    clock = SetClock()
    spool = open_spool(tmp_path, clock)
    spool.record([report(listener(1))])
    clock.at += dt.timedelta(days=365 * years)
    spool.record([report(listener(2))])
    assert [item.sequence for item in spool.to_send(set(), resuming=True)] == [2, 1]
    spool.close()
