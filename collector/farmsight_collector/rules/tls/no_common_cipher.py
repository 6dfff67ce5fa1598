"""Servers have a cipher suite in common with those who connect."""

from collections.abc import Iterator
from datetime import UTC
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.adfs.telling_events import RECENT
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

LOG: Final = "System"
EVENT: Final = 36874


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the event in which Schannel says that it shares no cipher suite with a client."""
    events = tuple(
        held
        for held in server.need("event", part=LOG)
        if held.value.event_id == EVENT
        and held.value.provider.lower() == "schannel"
        and farm.as_of - RECENT <= held.value.at.ToDatetime(tzinfo=UTC) <= farm.as_of
    )
    if events:
        yield Holds(
            subject=f"event {EVENT}",
            servers=(server.name,),
            title=f"{server.name} refused clients for want of a common cipher suite ({len(events)} times in a week)",
            evidence=events[-4:],
            # Whoever scans the internet gets this event from a proxy; behind it only the farm's own connect.
            severity=Severity.INFO if server.role == "wap" else None,
            remedy=(
                powershell(
                    server.name,
                    "Get-TlsCipherSuite | Format-Table Name",
                    "Get-WinEvent -FilterHashtable @{LogName='System'; ProviderName='Schannel'; Id=36874} -MaxEvents 9",
                    "reg query HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002",
                ),
            ),
        )


RULE = Rule(
    code="tls.no-common-cipher",
    catalogue=("TLS-07",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap"}),
    reads=("event",),
    what="Schannel wrote within the last week that it shares no cipher suite with a client (event 36874).",
    why="The handshake fails (alert 40) before a certificate is asked for. The event does not name the client.",
    remedy="Compare the cipher suites of both sides (Get-TlsCipherSuite) and the policies that set them.",
    check="Get-TlsCipherSuite on both sides: what do they share, and which policy sets it?",
    source="Schannel events, Windows Server; that scanners cause most of them outside is field experience",
    explains=("wap.farm-unreachable",),
    on_server=check,
)
