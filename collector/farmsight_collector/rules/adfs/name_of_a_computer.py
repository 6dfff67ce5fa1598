"""The federation service has a name of its own."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the service's name with the DNS name of each node."""
    for held in server.need("host"):
        if held.value.fqdn and held.value.fqdn.lower() == service_name(farm):
            yield Holds(
                subject=held.value.fqdn.lower(),
                servers=(server.name,),
                title=f"The federation service has the name of the computer {server.name}",
                evidence=(held,),
                remedy=(told(server.name, "Plan a name of its own for the service, at the next certificate renewal"),),
            )


RULE = Rule(
    code="adfs.name-of-a-computer",
    catalogue=("ADFS-21",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("host", "adfs-properties"),
    what="The federation service's name is the DNS name of one of its nodes.",
    why="Both lay claim to one service principal name: Kerberos breaks on one of them, and a second node can't serve.",
    remedy="Give the federation service a name of its own.",
    check="Where is the name used: certificates, DNS, trusts?",
    source="adfsToolbox TestComputerNameEqFarmName",
    on_server=check,
)
