"""Ctrl-C ends a program also where it comes at the worst moment."""

import subprocess
import sys

import pytest

DROPPED = {
    "in a finaliser": "class Held:\n    def __del__(self): raise KeyboardInterrupt\nheld = Held()\ndel held",
    "in the callback of a weak reference": (
        "import weakref\nclass Held: pass\nheld = Held()\n"
        "def gone(_): raise KeyboardInterrupt\nnote = weakref.ref(held, gone)\ndel held"
    ),
}
PROGRAM = """
import time
from farmsight_collector.cli.interrupts import keep_interrupts
keep_interrupts()
try:
    {dropped}
    time.sleep(20)
except KeyboardInterrupt:
    raise SystemExit(130)
"""


@pytest.mark.parametrize("where", DROPPED)
def test_a_ctrl_c_that_python_drops_is_raised_again(where) -> None:
    program = PROGRAM.format(dropped=DROPPED[where].replace("\n", "\n    "))

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (130, "")


def test_what_else_is_dropped_is_printed_as_ever() -> None:
    lost = "class Held:\n        def __del__(self): raise ValueError('lost')\n    Held()"
    program = PROGRAM.format(dropped=lost).replace("sleep(20)", "sleep(0)")

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0
    assert "ValueError: lost" in done.stderr
