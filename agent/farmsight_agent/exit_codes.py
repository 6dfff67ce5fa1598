"""What the numbers mean that a command ends with."""

from collections.abc import Mapping
from typing import Final

OK: Final = 0
FOUND: Final = 1  # a check did not pass
FAULT: Final = 2  # the input or the connection was at fault
INTERRUPTED: Final = 130

MEANINGS: Final[Mapping[int, str]] = {
    OK: "done; of `run`: ended by SIGTERM or the service manager; of `run --once`: the collector has it all for good",
    FOUND: "of `doctor`: a step failed",
    FAULT: "the input, the identity or the connection was at fault; of `run --once`: not delivered in time",
    INTERRUPTED: "interrupted by Ctrl-C",
}
