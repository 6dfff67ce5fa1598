"""A server's clock is too far from the others'."""

from collections.abc import Iterator
from statistics import median

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.limits import CLOCK_SECONDS
from farmsight_collector.rules.network.commands import set_clock
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each server whose clock is 300 s or more from that of most servers, by one reference they share."""
    held: dict[str, Held] = {}
    for server in farm.of_role(*sorted(SIGN_IN)):
        answer = server.ask("clock")
        rows = {row.value.reference: row for row in answer.facts}
        row = rows.get("collector") or next((r for name, r in sorted(rows.items())), None)
        if row is None:
            reason = answer.reason or "no reference could be asked"
            yield CannotTell(server=server.name, reason=reason, probe="clock")
        else:
            held[server.name] = row
    offsets = {name: row.value.offset.ToTimedelta().total_seconds() for name, row in held.items()}
    middles = _agreed(list(offsets.values()), len(farm.of_role(*sorted(SIGN_IN))))
    for name, offset in sorted(offsets.items()):
        off = [abs(offset - middle) >= CLOCK_SECONDS.value for middle in middles]
        if any(off) and not all(off):
            reason = "it depends on clocks that are not known which ones are right"
            yield CannotTell(server=name, subject=f"clock of {name}", reason=reason, probe="clock")
        elif any(off):
            apart = offset - middles[0]
            way = "ahead of" if apart > 0 else "behind"
            yield Holds(
                subject=f"clock of {name}",
                servers=(name,),
                title=f"The clock of {name} is {abs(apart):.0f} seconds {way} the others'",
                evidence=(held[name], *(row for other, row in held.items() if other != name)),
                remedy=(set_clock(farm.server(name)),),
                limit_used=CLOCK_SECONDS.text,
            )


def _agreed(offsets: list[float], clocks: int) -> list[float]:
    """Return what more than half of the clocks may agree on within a minute, and the reference where they may not.

    It is one value where no clock that is not known could change it.
    """
    near = [[other for other in offsets if abs(other - one) <= 60] for one in offsets]
    unknown = clocks - len(offsets)
    sure = max(near, key=len, default=[])
    if len(sure) * 2 > clocks:
        return [float(median(sure))]
    possible = {float(median(its)) for its in near if (len(its) + unknown) * 2 > clocks}
    return [0.0, *sorted(possible)]


RULE = Rule(
    code="network.clock-offset",
    catalogue=("NET-12",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("clock",),
    what="A server's clock differs from that of the others by 300 seconds or more.",
    why="Proxy trust, tokens and CRLs are all judged by the clock: beyond five minutes they are refused.",
    remedy="Set up time synchronisation (w32tm) against the same source as the other servers.",
    check="w32tm /query /status and /query /source on this server and on one that is right.",
    undo="w32tm /config with the former source, which /query /configuration showed.",
    source="AD FS Toolbox, TestTimeSync (300 s)",
    explains=(
        "wap.trust-refused",
        "crl.not-yet-valid",
        "wap.health",
    ),
    on_farm=check,
)
