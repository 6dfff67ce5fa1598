"""What the numbers mean that `farmsight` and `farmsight-collector` end with; docs/exit-codes.md is made from here."""

from collections.abc import Mapping
from typing import Final

DONE: Final = 0
FOUND: Final = 1  # findings, or a check that did not pass
FAULT: Final = 2  # the input or the connection was at fault
INTERRUPTED: Final = 130

MEANINGS: Final[Mapping[str, Mapping[int, str]]] = {
    "farmsight": {
        DONE: "answered; of `findings` and `analyze`: nothing at or above `--fail-on` (default: error); of `trace`: no "
        "failure is proven",
        FOUND: "findings at or above `--fail-on`; of `trace`: the sign-in fails",
        FAULT: "the input or the connection was at fault; standard error says which, and what to do",
        INTERRUPTED: "interrupted by Ctrl-C",
    },
    "farmsight lab": {
        DONE: "done; of `up --once`: nothing at or above `--fail-on` (default: error)",
        FOUND: "of `up --once`: findings at or above `--fail-on`",
        FAULT: "the input or the lab was at fault",
        INTERRUPTED: "interrupted by Ctrl-C",
    },
    "farmsight-collector": {
        DONE: "done; of `health`: it serves; of `serve`: ended by SIGTERM or Ctrl-C",
        FOUND: "a check did not pass: of `doctor`, a step failed; of `alerts test`, a channel",
        FAULT: "the input, the folder, the database or an address was at fault; of `health`: it does not serve",
        INTERRUPTED: "interrupted by Ctrl-C",
    },
}
