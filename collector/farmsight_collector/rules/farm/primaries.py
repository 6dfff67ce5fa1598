"""A farm on WID has one primary, and all others follow it."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import properties
from farmsight_collector.model.view import Farm, Held, Knowledge, UnknownFactError
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Count primaries; on SQL every node calls itself primary, and that is right."""
    known: dict[str, Held] = {}
    for server in farm.of_role("adfs"):
        answer = server.ask("adfs-sync")
        known.update((server.name, held) for held in answer.facts)
        if answer.knowledge is Knowledge.UNKNOWN:
            yield CannotTell(reason=f"{server.name}: {answer.reason}", probe="adfs", part="sync")
    primaries = {n: h for n, h in known.items() if h.value.role == facts_pb2.SYNC_ROLE_PRIMARY}
    if len(primaries) > 1:
        yield from _several(farm, primaries)
        return
    names = {_short(n) for n in primaries} | {_short(h.value.primary_name) for h in primaries.values()}
    for name, held in known.items():
        followed = _short(held.value.primary_name)
        if held.value.role == facts_pb2.SYNC_ROLE_SECONDARY and primaries and followed and followed not in names:
            primary = next(iter(primaries))
            yield Holds(
                subject=held.value.primary_name,
                servers=(name,),
                title=f"{name} follows {held.value.primary_name}, but the primary is {primary}",
                evidence=(held, *primaries.values()),
                remedy=(_follow(name, quoted(primary), held),),
            )


def _several(farm: Farm, primaries: dict[str, Held]) -> Iterator[Verdict]:
    try:
        database = next((h.value.configuration_database for h in properties(farm)), "").upper()
    except UnknownFactError:
        database = ""
    if database == "SQL":
        return
    names = ", ".join(sorted(primaries))
    if database != "WID":
        yield CannotTell(
            reason=f"{names} are primary; whether the farm is on WID is not known", probe="adfs", part="sync"
        )
        return
    yield Holds(
        subject="primary",
        servers=tuple(primaries),
        title=f"The farm on WID has several primaries: {names}",
        evidence=tuple(primaries.values()),
        remedy=tuple(_follow(n, "PRIMARY", held) for n, held in sorted(primaries.items())[1:]),
    )


def _follow(name: str, primary: str, held: Held) -> Remedy:
    """Return how a node is made the secondary of a primary; `held` says what it is now."""
    put = "Set-AdfsSyncProperties -Role"
    was = held.value.primary_name
    alone = held.value.role == facts_pb2.SYNC_ROLE_PRIMARY
    return powershell(
        name,
        f"{put} SecondaryComputer -PrimaryComputerName {primary}",
        check=("Get-AdfsSyncProperties  # on every node: whose configuration is the right one?",),
        undo=(f"{put} PrimaryComputer" if alone else f"{put} SecondaryComputer -PrimaryComputerName {quoted(was)}",),
    )


def _short(name: str) -> str:
    return name.lower().partition(".")[0]


RULE = Rule(
    code="farm.primaries",
    catalogue=("FARM-02",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("adfs-sync", "adfs-properties"),
    what="Several nodes of a farm on WID are primary, or a secondary follows a node that is not.",
    why="Each has a configuration of its own, which drift apart with every change.",
    remedy="Choose the primary and make the others its secondaries.",
    check="Get-AdfsSyncProperties on all nodes: whose configuration is the right one? Back it up.",
    undo="Set-AdfsSyncProperties with the former role and primary.",
    source="Get-AdfsSyncProperties and Set-AdfsSyncProperties, cmdlet reference",
    explains=("farm.secondary-out-of-sync",),
    on_farm=check,
)
