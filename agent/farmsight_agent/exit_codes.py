"""What the numbers mean that a command ends with."""

from typing import Final

OK: Final = 0
FOUND: Final = 1  # a check did not pass
FAULT: Final = 2  # the input or the connection was at fault
INTERRUPTED: Final = 130
