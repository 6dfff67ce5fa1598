"""AD FS can check the certificates of its trusts."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.adfs.telling_events import numbers, recent
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

EVENTS = (315, 316, 317)


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the events in which chain building failed for a trust's signing or encryption certificate."""
    events = tuple(recent(farm, server, *EVENTS))
    if events:
        seen = numbers(events)
        yield Holds(
            subject=f"events {seen}",
            servers=(server.name,),
            title=f"{server.name}: AD FS could not check certificates of its trusts (event {seen})",
            evidence=events[-4:],
            remedy=(
                powershell(
                    server.name,
                    f"Get-WinEvent -FilterHashtable @{{LogName='AD FS/Admin'; Id={','.join(map(str, EVENTS))}}} "
                    "-MaxEvents 5 | Format-List 'TimeCreated', 'Message'",
                    "netsh winhttp show proxy",
                ),
            ),
        )


RULE = Rule(
    code="adfs.trust-revocation-failing",
    catalogue=("ADFS-15",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("event",),
    what="AD FS wrote event 315, 316 or 317 within a week: it could not validate a trust's certificate.",
    why="Sign-in to that trust then fails for everybody (event 364), by certificate or not.",
    remedy="Let the service's account reach the CRLs of those certificates, or set the trust's revocation check.",
    check="Events 315, 316, 317: which certificate of which trust?",
    source="AD FS troubleshooting, certificates; Microsoft KB 3044974",
    on_server=check,
)
