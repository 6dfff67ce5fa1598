"""A moment of fuzzing, without coverage and with the same inputs each time: `make fuzz` does it for longer."""

import logging
import shlex
import sys
import time
from pathlib import Path

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError
from tests.fuzz import __main__ as command
from tests.fuzz import loop
from tests.fuzz.checks import BrokenError, asked, sound
from tests.fuzz.targets import TARGETS, Target

SECONDS = 2
FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))
TEXT = Text(name="STS01_output.txt", text="one\ntwo\n", first_line=7)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_that_is_fed_to_a_reader_breaks_it(target):
    outcome = loop.run(target, SECONDS, seed=1)
    assert outcome.crash is None, outcome.crash.with_suffix(".txt").read_text(encoding="utf-8")
    assert outcome.runs > 1


@pytest.mark.parametrize("file", FOUND, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_what_once_broke_a_reader_does_so_no_more(file):
    assert loop.broken_by(file.parent.name, file.read_bytes()) == ""


@pytest.mark.parametrize("line", ["evidence:STS01_output.txt:6", "evidence:STS01_output.txt:10", ""])
def test_a_fact_from_outside_of_its_text_is_found_out(line):
    with pytest.raises(BrokenError):
        asked(TEXT, lambda _: Seen(values=(1,), source="", lines=(line,)))


def test_a_reason_from_outside_of_its_text_is_found_out():
    def refuses(_text):
        raise FailedError("truncated", source="evidence:STS01_output.txt:99")

    with pytest.raises(BrokenError):
        asked(TEXT, refuses)


def test_a_fault_that_is_only_logged_is_found_out():
    fault = ZeroDivisionError("a reader's")
    with pytest.raises(BrokenError, match="ZeroDivisionError"), sound():
        logging.getLogger("farmsight_agent.hosts.evidence.reads").error("it goes on", exc_info=fault)


def test_what_breaks_is_kept_small_with_how_to_repeat_it(monkeypatch, tmp_path):
    def breaks(data):
        assert b"}" not in data

    monkeypatch.setitem(TARGETS, "broken", Target(run=breaks, seeds=lambda: [b"nothing", b"here, too"]))
    monkeypatch.setattr(loop, "CRASHES", tmp_path)
    outcome = loop.run("broken", 30)
    assert outcome.crash is not None
    data = outcome.crash.read_bytes()
    assert b"}" in data
    assert loop.minimised("broken", data) == b"}"
    first = outcome.crash.with_suffix(".txt").read_text(encoding="utf-8").splitlines()[0]
    assert shlex.split(first)[1:] == ["-m", "tests.fuzz", "--repeat", "broken", str(outcome.crash)]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no clock that interrupts")
def test_what_does_not_end_is_ended(monkeypatch):
    def never_ends(_data):
        while True:
            try:
                sum(range(1000))
            except Exception:  # as a reader may
                continue

    monkeypatch.setitem(TARGETS, "endless", Target(run=never_ends, seeds=lambda: [b""], seconds_a_call=0.2))
    began = time.monotonic()
    assert "SlowError" in loop.broken_by("endless", b"")
    assert time.monotonic() - began < 20


def test_an_input_is_run_again_from_the_command_line(monkeypatch, tmp_path, capsys):
    file = tmp_path / "input"
    file.write_bytes(b"c:[] => issue(claim = c);")
    monkeypatch.setattr(sys, "argv", ["fuzz", "--repeat", "claim-rules", str(file)])
    assert command.main() == 0
    assert capsys.readouterr().out == "held\n"
