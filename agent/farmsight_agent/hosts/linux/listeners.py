"""Listening TCP sockets with their owners, as far as this account may see them."""

import re
from pathlib import Path
from typing import Final

import psutil

from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import DeniedError, FailedError
from farmsight_wire.v1 import facts_pb2

_UNIT: Final = re.compile(r"/([^/]+)\.service(?:/|$)")


def listening(proc: Path = Path("/proc")) -> Seen[facts_pb2.Listener]:
    """Return the listening sockets; one whose owner may not be seen has none, and is there all the same."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied as error:
        raise DeniedError("sockets-not-visible", str(error), source="psutil") from error
    except (psutil.Error, OSError, RuntimeError) as error:
        raise FailedError("sockets-not-readable", str(error), source="psutil") from error
    # Several processes may share a socket; the lowest number is the one that opened it.
    found: dict[tuple[str, int], int] = {}
    for one in connections:
        if one.status == psutil.CONN_LISTEN and one.laddr:
            place = (one.laddr.ip.partition("%")[0], one.laddr.port)
            owners = [pid for pid in (found.get(place), one.pid) if pid]
            found[place] = min(owners, default=0)
    values = tuple(_listener(address, port, pid, proc) for (address, port), pid in sorted(found.items()))
    return Seen(values=values, source="psutil")


def _listener(address: str, port: int, pid: int, proc: Path) -> facts_pb2.Listener:
    value = facts_pb2.Listener(address=address, port=port, process_id=pid)
    if pid:
        try:
            process = psutil.Process(pid)
            value.process_name = process.name()
            value.account = process.username()
        except (psutil.Error, KeyError):
            pass  # it ended in between, or may not be seen
        value.service = unit_of(pid, proc)
    return value


def unit_of(pid: int, proc: Path = Path("/proc")) -> str:
    """Return the systemd service a process belongs to, from its control group, or ""."""
    try:
        found = _UNIT.findall((proc / str(pid) / "cgroup").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return str(found[-1]) if found else ""
