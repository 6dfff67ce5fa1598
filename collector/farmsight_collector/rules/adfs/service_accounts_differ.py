"""All nodes of a farm run as one account."""

from collections.abc import Iterator

from farmsight_collector.correlate.peers import UNKNOWN, NotKnown, compare
from farmsight_collector.model.bindings import ADFS_SERVICE
from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the accounts by SID, by name where a SID is not shown."""
    found: dict[str, Held] = {}
    unknown: set[str] = set()
    for server in farm.of_role("adfs"):
        answer = server.ask("service")
        held = next((h for h in answer.facts if h.key.lower() == ADFS_SERVICE), None)
        if held is not None and (held.value.account_sid or held.value.account_name):
            found[server.name] = held
        elif answer.knowledge is not Knowledge.NOT_APPLICABLE:
            unknown.add(server.name)
            yield CannotTell(reason=f"the account of the AD FS service on {server.name} is not known", probe="services")
    by_sid = all(h.value.account_sid for h in found.values())
    values: dict[str, str | NotKnown] = dict.fromkeys(unknown, UNKNOWN)
    values |= {n: h.value.account_sid if by_sid else h.value.account_name.lower() for n, h in found.items()}
    compared = compare(values)
    for name in compared.concerned:
        yield Holds(
            subject=ADFS_SERVICE,
            servers=(name,),
            title="AD FS nodes run as different accounts: "
            + ", ".join(f"{n} as {h.value.account_name or h.value.account_sid}" for n, h in sorted(found.items())),
            evidence=tuple(found.values()),
            remedy=(
                powershell(name, "Get-CimInstance Win32_Service -Filter \"Name='adfssrv'\" | Select-Object StartName"),
            ),
        )


RULE = Rule(
    code="adfs.service-accounts-differ",
    catalogue=("ADFS-19",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("service",),
    what="The AD FS service runs as different accounts on the nodes of one farm.",
    why="A node under another account can't read the farm's keys: it stops, or its tokens are refused.",
    remedy="Find out which account is meant and set it on the odd node; a gMSA must let the node retrieve it.",
    check="Which account is meant? Test-ADServiceAccount on the node that is odd.",
    undo="Set the former account of the service again.",
    source="AD FS trace collector, service account details; adfsToolbox TestServiceAccountProperties",
    explains=("adfs.service-stopped",),
    on_farm=check,
)
