"""The environment a child of another account starts with on a POSIX system."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil

from farmsight_agent.hosts.host import Account

assert sys.platform != "win32"  # a process has uids there only

PROXY_VARIABLES: Final = (
    *("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"),
)
_SYSTEM_WIDE: Final = Path("/etc/environment")


def environment_of(account: Account, *, own: bool) -> dict[str, str]:
    """Return a small environment with the proxy variables that the account's services really have.

    They are taken from the agent's own environment when the account is its
    own, else from the oldest process of that account, else from
    /etc/environment. Nothing else of another process is passed on.
    """
    kept = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    kept["MALLOC_ARENA_MAX"] = "2"  # else every thread of a child takes 64 MiB of the addresses it is allowed
    variables = os.environ if own else _of_a_process(account) or _system_wide()
    return kept | {name: variables[name] for name in PROXY_VARIABLES if name in variables}


def _of_a_process(account: Account) -> Mapping[str, str] | None:
    oldest: tuple[float, Mapping[str, str]] | None = None
    for process in psutil.process_iter():
        try:
            if process.uids().real == account.uid and (oldest is None or process.create_time() < oldest[0]):
                oldest = (process.create_time(), process.environ())
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or not ours to read: the next one may tell
    return None if oldest is None else oldest[1]


def _system_wide() -> Mapping[str, str]:
    try:
        lines = _SYSTEM_WIDE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.removeprefix("export ").partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, equals, value in pairs if equals}
