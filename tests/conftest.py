"""Says after a run which tests did not run and why, for the last lines of `make test`."""

import os
from collections import Counter
from pathlib import Path

import pytest


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
