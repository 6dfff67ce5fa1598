"""The list of trusted roots can be fetched, or is not asked for."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.rules.commands import registry
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict

PUBLISHER: Final = "Microsoft-Windows-CAPI2"
RETRIEVED: Final = 53  # an object was retrieved from the network
HOST: Final = "ctldl.windowsupdate.com"
SETTING: Final = "DisableRootAutoUpdate"
POLICY: Final = "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\AuthRoot"


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for retrievals of the root list that failed, where its update is not switched off."""
    settings = {held.value.name.lower(): held for held in server.need("schannel-setting")}
    off = settings.get(f"authroot/{SETTING}".lower())
    if off is not None and off.value.number == 1:
        return
    if server.ask("event", part=PUBLISHER).knowledge is Knowledge.NOT_APPLICABLE:
        return  # there is no such log
    asked = [held for held in server.need("event", part=PUBLISHER) if _asks(held)]
    failed = tuple(held for held in asked if not _came(held))
    log = settings.get("capi2/enabled")
    if failed:
        yield Holds(
            subject=HOST,
            servers=(server.name,),
            title=f"{server.name} can't fetch the list of trusted roots from {HOST}",
            evidence=(*failed[-4:], *((off,) if off else ())),
            remedy=(registry(server.name, POLICY, SETTING, 1, off.value.number if off else None),),
        )
    elif not asked and not _cached(server) and (log is None or log.value.number == 0):
        yield CannotTell(server=server.name, reason="the CAPI2 log is off, or not said to be on", probe="events")


def _cached(server: Server) -> bool:
    """Tell whether the list was fetched: the system's cache keeps what came."""
    looked = "system" in server.contexts("url-cache")
    rows = server.need("url-cache", context="system") if looked else ()
    return any(HOST in held.value.url.lower() for held in rows)


def _asks(held: Held) -> bool:
    texts = " ".join(held.value.data.values()).lower()
    return bool(held.value.event_id == RETRIEVED and HOST in texts)


def _came(held: Held) -> bool:
    """Tell whether the event is about a success: failures are of level error, and have a result that is not 0."""
    return bool(held.value.level > 3 or held.value.level == 0)


RULE = Rule(
    code="store.root-update-blocked",
    catalogue=("STORE-15",),
    severity=Severity.WARNING,
    roles=ADFS | {"wap"},
    reads=("event", "schannel-setting", "url-cache"),
    what="The list of trusted roots could not be fetched from ctldl.windowsupdate.com, and its update is not off.",
    why="Whoever builds a chain to an unknown root waits ten to fifteen seconds for the list before going on.",
    remedy="Let the servers out to ctldl.windowsupdate.com on port 80, or switch the update off by policy.",
    check="Test-NetConnection ctldl.windowsupdate.com -Port 80, also as the accounts of the services.",
    undo="reg delete of DisableRootAutoUpdate, or its former value.",
    source="Windows, certificates and trust (disconnected environments); field reports on the wait",
    on_server=check,
)
