"""Running as a service of the operating system: one file a platform, chosen here."""

import sys

from farmsight_agent.service.manager import Manager, ServiceError

__all__ = ["Manager", "ServiceError", "manager"]


def manager() -> Manager:
    """Return the manager of this platform's services; raises ServiceError where there is none."""
    if sys.platform == "win32":
        from farmsight_agent.service.windows.manager import WindowsManager  # noqa: PLC0415 - only there

        return WindowsManager()
    from farmsight_agent.service.systemd import SystemdManager  # noqa: PLC0415 - only elsewhere

    return SystemdManager()
