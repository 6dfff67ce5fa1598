"""Says after a run which tests did not run and why, for the last lines of `make test`; and a folder without a right."""

import os
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """Let Ctrl-C mean something to what tests start: a shell's background job has it ignored, and hands that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Path]:
    """Run the test as an account that permissions hold for, in a folder of its own: root may read everything."""
    if os.name == "nt" or os.geteuid() != 0:
        yield tmp_path
        return
    import pwd

    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, nobody.pw_uid, nobody.pw_gid)
        os.setegid(nobody.pw_gid)
        os.seteuid(nobody.pw_uid)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)
            os.setegid(0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add the reasons of skipped tests to the file that FARMSIGHT_NOT_RUN names."""
    file = os.environ.get("FARMSIGHT_NOT_RUN")
    if not file:
        return
    reasons = Counter(
        str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
    )
    with Path(file).open("a", encoding="utf-8") as out:
        out.writelines(f"{count:4} not run: {reason}\n" for reason, count in sorted(reasons.items()))
