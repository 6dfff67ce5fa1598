"""Servers of one role run one build of Windows."""

from collections.abc import Iterator

from farmsight_collector.correlate.peers import UNKNOWN, NotKnown, compare
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.model.words import names
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict

_UPDATED = frozenset({"component-based-servicing", "windows-update"})


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare version and update revision in each role."""
    for role in ("adfs", "wap"):
        hosts: dict[str, Held] = {}
        values: dict[str, str | NotKnown] = {}
        for server in farm.of_role(role):
            held = next((h for h in server.ask("host").facts if h.value.os_version), None)
            values[server.name] = _build(held) if held else UNKNOWN
            if held is None:
                yield CannotTell(
                    subject=f"{role} builds", reason=f"the Windows of {server.name} is not known", probe="host"
                )
            else:
                hosts[server.name] = held
        compared = compare(values)
        said = "; ".join(f"{names(alike)}: {value}" for value, alike in compared.groups)
        for name in compared.concerned:
            yield Holds(
                subject=f"{role} builds",
                servers=(name,),
                title=f"Servers of the role {role} run different builds: {said}",
                evidence=tuple(hosts.values()),
                remedy=(powershell(name, "Get-HotFix | Sort-Object InstalledOn | Select-Object -Last 5"),),
                why=RULE.why + _waiting(hosts),
            )


def _waiting(hosts: dict[str, Held]) -> str:
    """Return which servers wait for a restart after an update, as a sentence: until then they run what they ran."""
    waiting = [name for name, held in hosts.items() if _UPDATED & set(held.value.pending_reboot_reasons)]
    verb = "waits" if len(waiting) == 1 else "wait"
    return f" {names(waiting)} {verb} for a restart: what is installed there runs only after it." if waiting else ""


def _build(held: Held) -> str:
    revision = held.value.os_update_revision
    return f"{held.value.os_version}.{revision}" if revision else str(held.value.os_version)


RULE = Rule(
    code="farm.builds-mixed",
    catalogue=("FARM-05",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap"}),
    reads=("host",),
    what="Servers of one role differ in Windows version or patch level.",
    why="TLS, cmdlets and http.sys behave differently by build: a fault may show on one node only.",
    remedy="Bring the servers of a role to one build.",
    check="Get-HotFix on both: which build is meant?",
    source="Comparison of the servers of a role; manage SSL certificates in AD FS and WAP (mixed farms)",
    on_farm=check,
)
