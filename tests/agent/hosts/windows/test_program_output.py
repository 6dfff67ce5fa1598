"""Programs are read within bounds: of time, of size, and with both pipes at once."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from farmsight_agent.clock import SystemClock
from farmsight_agent.hosts.windows.programs.program_output import Printed, read_within


def read(program: str, *, limit_s: float = 20, most: int = 1 << 20) -> Printed:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )

    def kill() -> None:
        os.killpg(process.pid, signal.SIGKILL)

    printed = read_within(process, kill, SystemClock(), limit_s=limit_s, most=most)
    assert process.poll() is not None
    assert not [one for one in psutil.process_iter() if one.pid == process.pid and one.status() != "zombie"]
    return printed


def test_what_a_program_prints_is_returned_with_how_it_ended() -> None:
    printed = read("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")

    assert printed == Printed(stdout=b"out\n", stderr=b"err\n", exit_code=3)


def test_both_pipes_are_read_at_once() -> None:
    printed = read("import os\nfor _ in range(40):\n  os.write(2, b'e' * 60000); os.write(1, b'o' * 20000)")

    assert len(printed.stdout) == 800_000
    assert len(printed.stderr) == 16 * 1024  # its beginning


def test_a_program_that_does_not_end_is_ended_and_what_it_said_stays() -> None:
    began = time.monotonic()
    printed = read("import time; print('first', flush=True); time.sleep(60)", limit_s=1)

    assert (printed.stdout, printed.exit_code, printed.cut) == (b"first\n", None, "time")
    assert time.monotonic() - began < 8


def test_a_program_that_closes_its_output_and_stays_is_ended_too() -> None:
    printed = read("import os, time; os.close(1); os.close(2); time.sleep(60)", limit_s=1)

    assert printed.cut == "time"


def test_a_program_that_prints_without_end_is_ended() -> None:
    printed = read("import os\nwhile True: os.write(1, b'x' * 65536)", most=1_000_000)

    assert (len(printed.stdout), printed.cut) == (1_000_000, "size")


@pytest.mark.parametrize(("size", "cut"), [(4096, ""), (4097, "size")])
def test_the_bound_itself_is_still_allowed(size: int, cut: str) -> None:
    assert read(f"import os; os.write(1, b'x' * {size})", most=4096).cut == cut
