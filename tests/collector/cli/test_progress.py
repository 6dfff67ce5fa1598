"""Long work says how far it is, on a terminal; it ends at once when asked to, and leaves nothing."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from farmsight_collector.cli import progress as progressing
from farmsight_collector.cli.progress import Progress

SAMPLE = Path(__file__).parents[3] / "docs" / "sample-evidence"
STAGES = ("looking at files", "reading", "judging", "writing")
ANALYZE = (sys.executable, "-m", "farmsight_collector.cli.main", "analyze")
LONG = b"CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=0\r\n  Issuer: CN=Contoso Issuing CA\r\n\r\n" * 80_000


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def lines(self):
        return [one for one in self.getvalue().split("\r\x1b[2K") if one]


def test_each_stage_is_shown_at_once_and_the_line_is_taken_away():
    terminal = Terminal()
    with Progress(terminal) as progress:
        for stage in STAGES:
            for done in range(1, 1000):
                progress.step(stage, done, 1000)
    assert [re.split(r"[:.]", one)[0].strip() for one in terminal.lines()[: len(STAGES)]] == list(STAGES)
    assert len(terminal.lines()) < 20
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_a_step_that_takes_long_counts_its_seconds(monkeypatch):
    monkeypatch.setattr(progressing, "_STANDS_S", 0.02)
    terminal = Terminal()
    with Progress(terminal) as progress:
        progress.step("judging", 0, 0)
        time.sleep(0.3)
        before = len(terminal.lines())
        progress.end()
        time.sleep(0.1)
        assert len(terminal.lines()) <= before + 1  # nothing is drawn over what is printed then
    assert re.fullmatch(r"judging \.\.\. \d+ s", terminal.lines()[-1])


def test_where_there_is_no_terminal_nothing_is_written():
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.step("judging", 1, 2)
    assert stream.getvalue() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.e2e
def test_an_analysis_on_a_terminal_goes_through_all_its_stages(tmp_path):
    output = tmp_path / "report.html"
    shown, code = _on_terminal(tmp_path, str(SAMPLE), "--format", "html", "--output", str(output), "--fail-on", "never")
    assert code == 0, shown
    places = [shown.find(stage) for stage in STAGES]
    assert -1 not in places
    assert places == sorted(places)
    assert "<html" in output.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.e2e
def test_an_analysis_that_is_interrupted_ends_at_once_and_leaves_nothing(tmp_path):
    evidence, temporary = tmp_path / "evidence", tmp_path / "tmp"
    evidence.mkdir()
    temporary.mkdir()
    (evidence / "WAP01_usercert.txt").write_bytes(LONG)
    _, code = _on_terminal(
        temporary, str(evidence), "--output", str(tmp_path / "out.txt"), interrupt="looking at files"
    )
    assert code == 130
    assert not list(temporary.iterdir())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["evidence", "tmp"]


def _on_terminal(temporary: Path, *arguments: str, interrupt: str = "") -> tuple[str, int]:
    """Run an analysis whose standard error is a terminal; returns what that showed, and the exit code."""
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)}
    process = subprocess.Popen([*ANALYZE, *arguments], stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    shown, interrupted = "", 0.0
    try:
        while True:
            try:
                data = os.read(ours, 4096)
            except OSError:  # it has ended
                break
            if not data:
                break
            shown += data.decode("utf-8", "replace")
            if interrupt and interrupt in shown and not interrupted:
                process.send_signal(signal.SIGINT)
                interrupted = time.monotonic()
        code = process.wait(30)
    finally:
        process.kill()
        os.close(ours)
    assert not interrupted or time.monotonic() - interrupted < 5
    return shown, code
