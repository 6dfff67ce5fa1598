"""Which host a configuration asks for."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from farmsight_agent.hosts.absent import AbsentHost
from farmsight_agent.hosts.overlay import WINDOWS_ROLES, OverlayHost
from farmsight_agent.outcome import UnavailableError

if sys.platform == "win32":  # each stands on modules that only its own system has
    from farmsight_agent.hosts.windows.host import WindowsHost as _Platform
else:
    from farmsight_agent.hosts.linux.host import LinuxHost as _Platform

if TYPE_CHECKING:
    from farmsight_agent.config import Config
    from farmsight_agent.hosts.host import Host


def choose(config: "Config") -> "Host":
    """Return the host: the folder alone, the platform alone, or the one laid over the other.

    On a role that only Windows has, a platform that can't answer leaves the
    question unknown rather than inapplicable, so an empty folder is laid over
    it even when none is configured.
    """
    folder = config.evidence_dir
    if config.host == "evidence":
        if folder is None:
            raise ValueError("host = 'evidence' needs evidence_dir")
        return _evidence(folder, config)
    platform = _platform(config)
    evidence: Host
    if folder is not None:
        evidence = _evidence(folder, config)
    elif config.role in WINDOWS_ROLES and platform.platform != "windows":
        evidence = AbsentHost(UnavailableError, "no-evidence-folder", "not a Windows server, and no evidence_dir")
    else:
        return platform
    return OverlayHost(evidence, platform, role=config.role, platform_only=config.platform_only)


def _evidence(folder: Path, config: "Config") -> "Host":
    """Return the host of a folder; its readers are large, and most agents have none."""
    from farmsight_agent.hosts.evidence.host import EvidenceHost  # noqa: PLC0415 - see above

    return EvidenceHost(folder, config.server_name)


def _platform(config: "Config") -> "Host":
    """Return the platform that this process runs on; raises ValueError for another one."""
    if config.host in {"linux", "windows"} and config.host != _Platform.platform:
        raise ValueError(f"host = '{config.host}' on a {_Platform.platform.capitalize()} machine")
    return _Platform(config)
