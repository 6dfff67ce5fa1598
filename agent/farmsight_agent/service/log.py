"""The agent's log file, for service managers that keep no log of what a service prints."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
LARGEST_BYTES: Final = 5 * 1024 * 1024
KEPT: Final = 5


def to_file(state_dir: Path) -> Path:
    """Send the log to STATE_DIR/log/agent.log, five megabytes a file, five older ones kept.

    Returns the file's path. Raises OSError.
    """
    folder = state_dir / "log"
    folder.mkdir(exist_ok=True)
    file = folder / "agent.log"
    handler = RotatingFileHandler(file, maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8", errors="replace")
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return file
