"""How far the machine's own time service thinks the clock is off."""

import math
import re
from collections.abc import Callable
from typing import Final

from google.protobuf.duration_pb2 import Duration

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.linux import commands
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

_UNITS: Final = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_SPAN: Final = re.compile(r"([+-]?)((?:[0-9.]+(?:us|µs|ms|s|min|h) ?)+)")


def offsets() -> Seen[facts_pb2.ClockOffset]:
    """Return the offset that chrony or systemd-timesyncd measured; unavailable where neither answers."""
    troubles: list[NotObservedError] = []
    sources: tuple[tuple[str, Callable[[], facts_pb2.ClockOffset]], ...] = (
        ("chronyc", lambda: chrony(commands.run("chronyc", "-n", "-c", "tracking"))),
        ("timedatectl", lambda: timesyncd(commands.run("timedatectl", "timesync-status"))),
    )
    for name, read in sources:
        try:
            return Seen(values=(read(),), source=name)
        except NotObservedError as error:
            troubles.append(error)
    raise UnavailableError("no-time-service", "; ".join(str(error) for error in troubles), source="linux")


def chrony(text: str) -> facts_pb2.ClockOffset:
    """Read `chronyc -c tracking`: comma-separated, the correction still to be made in the fifth field."""
    fields = text.strip().split(",")
    if len(fields) < 14:
        raise FailedError("not-understood", f"{len(fields)} fields of chronyc tracking")
    name, stratum = fields[1], fields[2]
    try:
        behind = float(fields[4])  # positive: the clock is slow of the reference
    except ValueError as error:
        raise FailedError("not-understood", f"chronyc offset {fields[4][:40]!r}") from error
    synchronised = stratum.isdigit() and 0 < int(stratum) < 16 and fields[13] != "Not synchronised"
    return _offset(name, -behind, synchronised=synchronised, source="chrony")


def timesyncd(text: str) -> facts_pb2.ClockOffset:
    """Read `timedatectl timesync-status`, whose labels are not translated under LC_ALL=C."""
    held = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}
    span = _SPAN.fullmatch(held.get("Offset", ""))
    if span is None:
        raise UnavailableError("not-synchronised", "systemd-timesyncd has measured nothing yet")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9.]+)(us|µs|ms|min|s|h)", span[2]))
    # timesyncd shows how far the server is ahead of this clock.
    behind = -seconds if span[1] == "-" else seconds
    server = held.get("Server", "").partition(" ")[0] or "unnamed"
    return _offset(server, -behind, synchronised=True, source="systemd-timesyncd")


def _offset(server: str, seconds: float, *, synchronised: bool, source: str) -> facts_pb2.ClockOffset:
    if not math.isfinite(seconds) or abs(seconds) > 1e9:
        raise FailedError("not-understood", f"an offset of {seconds} s")
    span = Duration()
    span.FromNanoseconds(round(seconds * 1e9))
    return facts_pb2.ClockOffset(
        reference=f"ntp:{server}",
        offset=span,
        synchronised=facts_pb2.TRISTATE_YES if synchronised else facts_pb2.TRISTATE_NO,
        time_source=source,
    )
