"""The number that Windows gave this installation when it was set up."""

import sys

from farmsight_agent.hosts.windows.api import registry
from farmsight_agent.outcome import NotObservedError

assert sys.platform == "win32"  # what it stands on is there only

_KEY = r"SOFTWARE\Microsoft\Cryptography"


def machine_id() -> str:
    """Return the machine's GUID, "" where it can't be read."""
    try:
        return registry.text(registry.LOCAL_MACHINE, _KEY, "MachineGuid")
    except NotObservedError:
        return ""
