"""AD FS takes a proxy's certificate, by the proxy's own log."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.adfs.telling_events import numbers, recent
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.wap.commands import set_up

REFUSED: Final = (224, 393, 394, 401, 422)
WELL: Final = 245  # the proxy got its configuration from AD FS


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for events of refused trust since the last time that the proxy got its configuration."""
    events = sorted(recent(farm, server, *REFUSED, WELL), key=lambda held: held.value.at.seconds)
    since_well = next((n for n, held in enumerate(reversed(events)) if held.value.event_id == WELL), len(events))
    refused = events[len(events) - since_well :]
    if refused:
        said = numbers(refused)
        yield Holds(
            subject=server.name,
            servers=(server.name,),
            title=f"{server.name} writes that AD FS refuses it or is out of reach (event {said}), and no success since",
            evidence=tuple(refused[-6:]),
            remedy=(set_up(server, farm.name),),
        )


RULE = Rule(
    code="wap.trust-refused",
    catalogue=("WAP-02",),
    severity=Severity.WARNING,
    roles=frozenset({"wap"}),
    reads=("event",),
    what="A proxy wrote within the last week that AD FS refuses it or is out of reach, and of no success since.",
    why="Without trust the proxy forwards nothing: users outside get 503 or an empty page.",
    remedy="Mend what keeps the proxy from AD FS (443, clock, TLS ended between); else set the proxy up again.",
    check="Does the proxy reach AD FS on 443, and does it see AD FS's own certificate? Are clocks right?",
    source="Web Application Proxy troubleshooting (events 224, 393, 394, 401, 422); that 245 ends them is belief",
    on_server=check,
)
