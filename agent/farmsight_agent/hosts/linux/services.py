"""The services that bear on sign-in here: proxies, time, directory membership."""

import pwd
from pathlib import Path
from typing import Final

import psutil

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.linux import commands, files
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

# Names of units; the same programs are looked for as processes where no systemd runs.
OF_INTEREST: Final = (
    "nginx", "haproxy", "apache2", "httpd", "envoy", "traefik", "caddy", "squid", "keepalived",
    "chrony", "chronyd", "ntpd", "ntpsec", "systemd-timesyncd", "sssd", "winbind",
)  # fmt: skip
_PROPERTIES: Final = "Id,Description,LoadState,ActiveState,SubState,UnitFileState,User,MainPID"
_STATES: Final = {
    "active": facts_pb2.SERVICE_STATE_RUNNING,
    "reloading": facts_pb2.SERVICE_STATE_RUNNING,
    "inactive": facts_pb2.SERVICE_STATE_STOPPED,
    "failed": facts_pb2.SERVICE_STATE_FAILED,
    "activating": facts_pb2.SERVICE_STATE_PENDING,
    "deactivating": facts_pb2.SERVICE_STATE_PENDING,
}
_STARTS: Final = {
    "enabled": facts_pb2.SERVICE_START_AUTOMATIC,
    "enabled-runtime": facts_pb2.SERVICE_START_AUTOMATIC,
    "generated": facts_pb2.SERVICE_START_AUTOMATIC,
    "disabled": facts_pb2.SERVICE_START_MANUAL,
    "static": facts_pb2.SERVICE_START_MANUAL,
    "indirect": facts_pb2.SERVICE_START_MANUAL,
    "masked": facts_pb2.SERVICE_START_DISABLED,
    "masked-runtime": facts_pb2.SERVICE_START_DISABLED,
}


def services(root: Path = Path("/")) -> Seen[facts_pb2.Service]:
    """Return the services of interest: from systemd where it runs, and else the processes that are there."""
    if (root / "run/systemd/system").is_dir():
        return Seen(values=tuple(_from_systemd()), source="systemd")
    return Seen(values=tuple(_from_processes()), source="psutil")


def _from_systemd() -> list[facts_pb2.Service]:
    units = [f"{name}.service" for name in OF_INTEREST]
    text = commands.run("systemctl", "show", f"--property={_PROPERTIES}", "--no-pager", "--", *units)
    return parse_units(text)


def parse_units(text: str) -> list[facts_pb2.Service]:
    """Return the loaded units of `systemctl show`: blocks of NAME=value lines."""
    blocks = [files.settings(block) for block in text.split("\n\n") if block.strip()]
    # An alias shows as the unit it stands for: each real unit counts once.
    loaded = {b["Id"]: b for b in blocks if b.get("LoadState") in {"loaded", "masked", "error"} and "Id" in b}
    return [_unit(block) for block in loaded.values()]


def _unit(block: dict[str, str]) -> facts_pb2.Service:
    pid = block.get("MainPID", "0")
    user = block.get("User") or "root"
    return facts_pb2.Service(
        name=block["Id"].removesuffix(".service"),
        display_name=block.get("Description", ""),
        state=_STATES.get(block.get("ActiveState", ""), facts_pb2.SERVICE_STATE_UNKNOWN),
        start=_STARTS.get(block.get("UnitFileState", ""), facts_pb2.SERVICE_START_UNKNOWN),
        account_name=user,
        account_sid=_uid(user),
        process_id=int(pid) if pid.isdigit() else 0,
    )


def _uid(user: str) -> str:
    if user.isdigit():
        return f"uid:{user}"
    try:
        return f"uid:{pwd.getpwnam(user).pw_uid}"
    except KeyError:
        return ""


def _from_processes() -> list[facts_pb2.Service]:
    found: dict[str, facts_pb2.Service] = {}
    try:
        for process in psutil.process_iter(["name", "pid", "username", "uids"]):
            held = process.info
            name = held["name"] or ""
            if name in OF_INTEREST and name not in found:  # in order of number: the parent comes first
                found[name] = facts_pb2.Service(
                    name=name,
                    state=facts_pb2.SERVICE_STATE_RUNNING,
                    start=facts_pb2.SERVICE_START_UNKNOWN,
                    account_name=held["username"] or "",
                    account_sid=f"uid:{held['uids'].real}" if held["uids"] else "",
                    process_id=held["pid"],
                )
    except (psutil.Error, OSError) as error:
        raise FailedError("processes-not-readable", str(error), source="psutil") from error
    return list(found.values())
