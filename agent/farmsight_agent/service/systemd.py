"""The systemd unit. `deploy/linux/farmsight-agent.service` is this text for a package's paths."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from farmsight_agent.private_files import private_folder
from farmsight_agent.service.manager import NOT_INSTALLED, RUNNING, STOPPED, ServiceError

NAME: Final = "farmsight-agent.service"
UNIT_FOLDER: Final = Path("/etc/systemd/system")
PACKAGED: Final = Path("/usr/lib/systemd/system")
_TIMEOUT_S: Final = 60.0
_UNIT: Final = """\
# Gathers facts about this server for farmsight. Read-only: it changes nothing but its own state.
[Unit]
Description=farmsight agent
Documentation=https://github.com/farmsight/farmsight
Wants=network-online.target
After=network-online.target
# Not before this server is enrolled.
ConditionPathExists={config}

[Service]
Type=notify
# Silence for this long means that a part of the agent is gone: it is started anew.
WatchdogSec=3min
ExecStart={program} run --config {config}
EnvironmentFile=-/etc/default/farmsight-agent
Restart=always
RestartSec=5s
RestartSteps=5
RestartMaxDelaySec=2min
# Root, to read stores and sockets of others and to ask as the accounts of the services;
# of root's rights only those that this takes.
User=root
CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL CAP_DAC_READ_SEARCH CAP_SYS_PTRACE
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={state_dir}
# Not "yes": an agent of a virtual environment may lie there.
ProtectHome=read-only
PrivateMounts=yes
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# To become other accounts, and to be modest.
SystemCallFilter=@setuid setpriority prlimit64
SystemCallErrorNumber=EPERM
UMask=0077
# The agent's own footprint has a ceiling that it can't argue with.
Nice=10
CPUQuota=20%
MemoryMax=1G
TasksMax=128

[Install]
WantedBy=multi-user.target
"""


def unit_text(program: str, config: Path, state_dir: Path) -> str:
    """Return the unit for a program, its configuration and its state directory."""
    return _UNIT.format(program=program, config=config, state_dir=state_dir)


class SystemdManager:
    """Works through systemctl."""

    def __init__(self, folder: Path = UNIT_FOLDER, systemctl: str = "systemctl", packaged: Path = PACKAGED) -> None:
        """Keep the unit in `folder`; one in `packaged` belongs to the system's package, and is left as it is."""
        self._unit = folder / NAME
        self._packaged = packaged / NAME
        self._systemctl = systemctl

    def install(self, config: Path) -> str:
        """Write the unit and enable it; the package's own is only enabled."""
        from farmsight_agent.config import load  # noqa: PLC0415 - the other verbs need no configuration

        state_dir = load(config).state_dir
        text = unit_text(_program(), config.absolute(), state_dir)
        self._need_systemd()
        if self._packaged.exists():
            self._ctl("enable", NAME)
            return f"{self._packaged} is the package's; start it with `farmsight-agent service start`"
        try:
            private_folder(state_dir)
            self._unit.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ServiceError(f"{self._unit} can't be written ({error}); run as root") from error
        self._ctl("daemon-reload")
        self._ctl("enable", NAME)
        return f"installed {self._unit}; start it with `farmsight-agent service start`"

    def state(self) -> str:
        """Return whether the unit is there, and runs."""
        if not (self._unit.exists() or self._packaged.exists()):
            return NOT_INSTALLED
        self._need_systemd()
        asked = [self._systemctl, "is-active", "--quiet", NAME]
        try:
            runs = subprocess.run(asked, capture_output=True, timeout=_TIMEOUT_S, check=False).returncode == 0
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceError(f"systemctl is-active: {error}") from error
        return RUNNING if runs else STOPPED

    def start(self) -> str:
        """Start the unit."""
        self._ctl("start", NAME)
        return f"started {NAME}; `journalctl -u {NAME}` shows what it says"

    def stop(self) -> str:
        """Stop the unit."""
        self._ctl("stop", NAME)
        return f"stopped {NAME}"

    def remove(self) -> str:
        """Stop and disable the unit, and remove its file."""
        if not self._unit.exists():
            if self._packaged.exists():
                self._ctl("disable", "--now", NAME)
                return f"stopped {NAME}, which starts no more; `apt remove farmsight-agent` removes it"
            return f"{self._unit} is not there; nothing to remove"
        self._ctl("disable", "--now", NAME)
        try:
            self._unit.unlink(missing_ok=True)
        except OSError as error:
            raise ServiceError(f"{self._unit} can't be removed ({error}); run as root") from error
        self._ctl("daemon-reload")
        return f"removed {self._unit}; configuration and state are left as they are"

    def _need_systemd(self) -> None:
        if shutil.which(self._systemctl) is None:
            raise ServiceError(
                "systemctl is not here: this system does not run on systemd;"
                " start `farmsight-agent run` from the service manager that it has"
            )

    def _ctl(self, *arguments: str) -> None:
        self._need_systemd()
        try:
            done = subprocess.run(
                [self._systemctl, *arguments], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceError(f"systemctl {' '.join(arguments)}: {error}") from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
            raise ServiceError(f"systemctl {' '.join(arguments)}: {said}")


def _program() -> str:
    beside = Path(sys.executable).with_name("farmsight-agent")
    if os.access(beside, os.X_OK):
        return str(beside)
    return f"{sys.executable} -m farmsight_agent.cli"
