"""The proxy settings of the account that this process runs as, and its scripts run by WinHTTP itself."""

import sys
from typing import Final

from farmsight_agent.hosts.windows.api import winhttp
from farmsight_agent.retrieve.aside import Aside
from farmsight_agent.retrieve.proxy_scripts import ScriptRunner
from farmsight_agent.retrieve.proxy_windows import AccountSettings, WindowsRules

assert sys.platform == "win32"  # what it stands on is there only

COMMAND: Final = (sys.executable, "-I", "-m", "farmsight_agent.hosts.windows.network.asked_aside")
_FILE_NOT_FOUND: Final = 2  # the account has no settings


def chooser() -> WindowsRules:
    """Return what chooses as CryptoAPI does in this process."""
    scripts = ScriptRunner(Aside(COMMAND))
    return WindowsRules(settings(), scripts.evaluate, scripts.close)


def settings() -> AccountSettings:
    """Return the settings in force; one that can't be read leaves a remark and counts as not set.

    An account without any settings of its own looks for a script.
    """
    remarks: list[str] = []
    machine, user = winhttp.StaticProxy(), winhttp.UserProxy()
    try:
        machine = winhttp.machine_proxy()
    except winhttp.WinHttpError as error:
        remarks.append(f"the machine's proxy setting could not be read: error {error.code}")
    try:
        user = winhttp.user_proxy()
    except winhttp.WinHttpError as error:
        user = winhttp.UserProxy(auto_detect=True)  # the last resort of KB 2623724's order
        if error.code != _FILE_NOT_FOUND:
            remarks.append(f"this account's proxy settings could not be read: error {error.code}")
    return AccountSettings(
        machine_proxy=machine.proxy,
        machine_bypass=machine.bypass,
        auto_detect=user.auto_detect,
        pac_url=user.pac_url,
        proxy=user.proxy,
        bypass=user.bypass,
        remarks=tuple(remarks),
    )
