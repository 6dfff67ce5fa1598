"""Cmdlets that change the farm's configuration. For printing, never for execution.

On a farm with the Windows Internal Database only the primary takes them: the
secondaries hold a copy that can't be written (AD FS, "The role of the AD FS
configuration database").
"""

from collections.abc import Iterable

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.rule import Remedy
from farmsight_wire.v1 import facts_pb2

OFFICE365 = "-TargetIdentifier urn:federation:MicrosoftOnline"


def on_primary(farm: Farm, told_by: str, *lines: str, check: Iterable[str] = (), undo: Iterable[str] = ()) -> Remedy:
    """Return cmdlets for the primary; where it is not known, for the node that told of it, which is asked first."""
    rows = (held for server in farm.of_role("adfs") for held in server.ask("adfs-sync").facts)
    primaries = sorted({held.server for held in rows if held.value.role == facts_pb2.SYNC_ROLE_PRIMARY})
    if told_by in primaries or len(primaries) == 1:
        return powershell(told_by if told_by in primaries else primaries[0], *lines, check=check, undo=undo)
    ask = "(Get-AdfsSyncProperties).Role  # must be PrimaryComputer: else go to the primary"
    return powershell(told_by, *lines, check=(ask, *check), undo=undo)


def endpoint(farm: Farm, held: Held, path: str, *, proxy: bool) -> Remedy:
    """Return how an endpoint is enabled, or opened to proxies."""
    at = f"-TargetAddressPath {quoted(path)}"
    restart = "Restart-Service adfssrv  # on every node, and on every proxy"
    do, back = (
        (f"Set-AdfsEndpoint {at} -Proxy $true", f"Set-AdfsEndpoint {at} -Proxy $false")
        if proxy
        else (f"Enable-AdfsEndpoint {at}", f"Disable-AdfsEndpoint {at}")
    )
    look = f"Get-AdfsEndpoint -AddressPath {quoted(path)} | Format-List 'Enabled', 'Proxy'"
    return on_primary(farm, held.server, do, restart, check=(look,), undo=(back, restart))


def office365(farm: Farm, trust: Held, setting: str, value: str, before: str) -> Remedy:
    """Return how one property of the trust for Entra is set; `before` is what it has now, as an argument."""
    put = f"Set-AdfsRelyingPartyTrust {OFFICE365} -{setting}"
    look = f"(Get-AdfsRelyingPartyTrust -Identifier urn:federation:MicrosoftOnline).{setting}"
    return on_primary(farm, trust.server, f"{put} {value}", check=(look,), undo=(f"{put} {before}",) if before else ())


def properties_set(farm: Farm, held: Held, setting: str, value: object, before: object, *after: str) -> Remedy:
    """Return how one of AD FS's own properties is set."""
    put = f"Set-AdfsProperties -{setting}"
    return on_primary(
        farm,
        held.server,
        f"{put} {value}",
        *after,
        check=(f"(Get-AdfsProperties).{setting}",),
        undo=(f"{put} {before}", *after),
    )


def listing(names: Iterable[str]) -> str:
    """Return names as one PowerShell array."""
    return "@(" + ", ".join(quoted(name) for name in names) + ")"
