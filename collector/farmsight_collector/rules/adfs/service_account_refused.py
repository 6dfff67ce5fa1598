"""Windows lets the AD FS service log on as its account."""

from collections.abc import Iterator
from datetime import UTC
from typing import Final

from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.adfs.telling_events import RECENT
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

REFUSED: Final = {7038: "its password or managed account was refused", 7041: "it may not log on as a service"}
_NAMES: Final = frozenset({ADFS_SERVICE, "active directory federation services"})


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the events in which the service manager could not log the AD FS service on."""
    events = [held for held in server.need("event", part="System") if _is_it(farm, held)]
    runs = [h for h in server.need("service") if h.key == ADFS_SERVICE]
    if events:
        up = any(held.value.state == facts_pb2.SERVICE_STATE_RUNNING for held in runs)
        why = REFUSED[max(events, key=lambda held: held.value.at.seconds).value.event_id]
        yield Holds(
            subject=ADFS_SERVICE,
            servers=(server.name,),
            severity=Severity.WARNING if up else None,
            title=f"{server.name}: the AD FS service could not log on: {why}",
            evidence=(*events[-4:], *runs),
            remedy=(
                powershell(
                    server.name,
                    "Set-ADServiceAccount ACCOUNT -PrincipalsAllowedToRetrieveManagedPassword NODES  # a gMSA",
                    "Start-Service adfssrv",
                    check=(
                        "Get-CimInstance Win32_Service -Filter \"Name='adfssrv'\" | Select-Object 'StartName', 'State'",
                        "Get-ADServiceAccount ACCOUNT -Properties PrincipalsAllowedToRetrieveManagedPassword",
                        "Test-ADServiceAccount ACCOUNT",
                    ),
                    undo=("Set-ADServiceAccount ACCOUNT -PrincipalsAllowedToRetrieveManagedPassword BEFORE",),
                ),
            ),
        )


def _is_it(farm: Farm, held: Held) -> bool:
    value = held.value
    recent = farm.as_of - RECENT <= value.at.ToDatetime(tzinfo=UTC) <= farm.as_of
    named = any(text.strip().lower() in _NAMES for text in value.data.values())
    return bool(value.event_id in REFUSED and recent and named)


RULE = Rule(
    code="adfs.service-account-refused",
    catalogue=("ADFS-19",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("event", "service"),
    what="Within the last week Windows could not log the AD FS service on as its account (events 7038, 7041).",
    why="The service does not start: everything at this node is down until its account is in order.",
    remedy="Unlock the account or renew its password; let the node retrieve a gMSA's; give it log on as a service.",
    check="Test-ADServiceAccount on this node; is the account locked, or its password over?",
    undo="Set the former principals again.",
    source="Windows, Service Control Manager events 7038 and 7041; AD FS Toolbox, TestServiceAccountProperties",
    explains=("adfs.service-stopped",),
    on_server=check,
)
