"""Schannel, .NET, http.sys and chain engine settings, from the registry."""

import sys
from functools import partial

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.api import registry
from farmsight_agent.hosts.windows.system import schannel_settings
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only


def settings() -> Seen[facts_pb2.SchannelSetting]:
    """Return the settings that are set; the source says how many values of other types were left out.

    Raises DeniedError, FailedError: a key that can't be read must not pass for the system's default.
    """
    found, left_out = schannel_settings.settings(
        partial(registry.values, registry.LOCAL_MACHINE), partial(registry.subkeys, registry.LOCAL_MACHINE)
    )
    return Seen(values=tuple(found), source=f"registry, {left_out} left out" if left_out else "registry")
