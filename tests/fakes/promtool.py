"""Prometheus' own tool, as the system's packages bring it."""

import shutil
import subprocess
from pathlib import Path

import pytest


def promtool(*arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run the tool; skips the test where it is not installed."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("the Prometheus tier did not run: no promtool (Debian: prometheus)")
    done = subprocess.run([found, *map(str, arguments)], input=given, capture_output=True, timeout=60, check=False)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
