"""The version of this program, as it was installed."""

import re
import sys
from pathlib import Path
from typing import Final

_METADATA: Final = re.compile(r"^Version: (\S+)$", re.MULTILINE)


def version() -> str:
    """Return the version that the installed package states, "0" for a tree that is not installed.

    `importlib.metadata` would say the same, at the price of the whole of
    `email`, `csv` and `zipfile` in a process whose memory counts.
    """
    for folder in sys.path:
        for file in Path(folder or ".").glob("farmsight-*.dist-info/METADATA"):
            found = _METADATA.search(file.read_text(encoding="utf-8", errors="replace"))
            if found:
                return found.group(1)
    return "0"
