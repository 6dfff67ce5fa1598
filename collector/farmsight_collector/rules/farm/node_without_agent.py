"""Every server of the farm has an agent."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.rules.adfs.commands import on_primary
from farmsight_collector.rules.commands import quoted, told
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1.vocabulary import KIND_BY_NAME


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare AD FS's own list of nodes, and the proxies' list of each other, with the agents that are known."""
    for kind, role in (("adfs-node", "adfs"), ("wap-configuration", "wap")):
        answers = [server.ask(kind) for server in farm.of_role(role)]
        unknown = [a.reason for a in answers if a.knowledge is Knowledge.UNKNOWN]
        if unknown and (kind == "wap-configuration" or not any(a.knowledge is Knowledge.KNOWN for a in answers)):
            yield CannotTell(reason=f"{kind}: {unknown[0]}", probe=KIND_BY_NAME[kind].probe)
        agents = {_short(name) for server in farm.of_role(role) for name in _names(server)}
        listed: dict[str, list[Held]] = {}
        for server in farm.of_role(role):
            for held in server.ask(kind).facts:
                for name in (held.value.name,) if kind == "adfs-node" else held.value.connected_servers:
                    listed.setdefault(name.lower(), []).append(held)
        for name, evidence in sorted(listed.items()):
            if name and _short(name) not in agents:
                remove = f"Set-AdfsFarmInformation -RemoveNode {quoted(name)}  # only if the node is gone"
                text = told(name, "Install and enroll the farmsight agent, or take the server out of the list.")
                yield Holds(
                    subject=name,
                    title=f"{name} belongs to the farm, but no agent reports from it",
                    evidence=tuple(evidence),
                    remedy=(
                        text,
                        on_primary(farm, evidence[0].server, remove, check=("(Get-AdfsFarmInformation).FarmNodes",)),
                    )
                    if role == "adfs"
                    else (text,),
                )


def _names(server: Server) -> tuple[str, ...]:
    answer = server.ask("host")
    hosts = answer.facts if answer.knowledge is Knowledge.KNOWN else ()
    return (server.name, *(h.value.computer_name for h in hosts), *(h.value.fqdn for h in hosts))


def _short(name: str) -> str:
    return name.lower().partition(".")[0]


RULE = Rule(
    code="farm.node-without-agent",
    catalogue=("FARM-03", "WAP-08"),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap"}),
    reads=("adfs-node", "wap-configuration", "host"),
    what="AD FS or the proxies list a server from which nothing is known.",
    why='"Healthy" is then said of part of the farm only; a dead entry also slows synchronisation.',
    remedy="Install the agent there, or remove a node that is gone.",
    check="Is the node still there, and does the load balancer send users to it?",
    undo="Set-AdfsFarmInformation -AddNode, or join the node again.",
    source="Get-AdfsFarmInformation; Get-WebApplicationProxyConfiguration",
    on_farm=check,
)
