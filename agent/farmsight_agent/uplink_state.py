"""How the running agent stands with its collector, in one small file: `doctor` reads what it must not try itself."""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from farmsight_agent.private_files import write_private

FILE: Final = "uplink.json"  # in the state folder, which is private
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class UplinkState:
    """Whether a stream is open with which collector, since when (UTC), and why not."""

    address: str = ""
    connected: bool = False
    since: str = ""
    says: str = ""
    offset_s: float | None = None  # this clock minus the collector's
    collector_version: str = ""


def write(state_dir: Path, state: UplinkState) -> None:
    """Note it; a full disk is no reason to do anything else."""
    with contextlib.suppress(OSError):
        write_private(state_dir / FILE, json.dumps(asdict(state), indent=1).encode())


def read(state_dir: Path) -> UplinkState | None:
    """Return what was noted last, None where nothing was, or nothing that can be understood."""
    try:
        with (state_dir / FILE).open("rb") as file:
            found = UplinkState(**json.loads(file.read(_MOST_BYTES)))
        return found if isinstance(found.says, str) and isinstance(found.address, str) else None
    except (OSError, ValueError, TypeError):
        return None
