"""AD FS understands what the tenant passes on to it."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.rules.adfs.updates import installed, on_2012_r2
from farmsight_collector.rules.entra.commands import prompt
from farmsight_collector.rules.entra.domains import federated_here
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

JULY_2016: Final = 3172614
REVISION: Final = 18378  # of Windows 6.3.9600 with that rollup: any later one has it too


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for nodes on 2012 R2 without the rollup, behind domains that pass prompt=login on as it is."""
    here = federated_here(farm, service_name(farm))
    native = [domain for domain in here if domain.value.prompt_login == facts_pb2.PROMPT_LOGIN_NATIVE]
    for node in farm.of_role("adfs") if native else ():
        try:
            hosts = list(on_2012_r2(node))
        except UnknownFactError as error:
            yield CannotTell(server=node.name, reason=error.reason, probe=error.probe)
            continue
        for host in hosts:
            there = installed(host)
            if JULY_2016 in there or host.value.os_update_revision >= REVISION:
                continue
            if there:
                yield from (_holds(domain, node, host) for domain in native)
            else:
                yield CannotTell(server=node.name, reason="its updates were not collected", probe="host")


def _holds(domain: Held, node: Server, host: Held) -> Holds:
    return Holds(
        subject=domain.key,
        servers=(node.name,),
        title=f"{domain.key} passes prompt=login on to AD FS, and nodes on 2012 R2 lack KB{JULY_2016}",
        evidence=(domain, host),
        remedy=(
            prompt(
                domain,
                facts_pb2.PROMPT_LOGIN_DISABLED,
                f"# better: install KB{JULY_2016} (or a later rollup) on every node; else:",
            ),
        ),
    )


RULE = Rule(
    code="entra.native-prompt-unsupported",
    catalogue=("ENTRA-18",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("entra-domain", "host", "adfs-properties"),
    what="promptLoginBehavior is nativeSupport, and an AD FS node on 2012 R2 does not list the rollup of July 2016.",
    why="AD FS before that rollup does not understand prompt=login: apps that send it fail to sign in.",
    remedy="Install the rollup or a later one on every node, or set PromptLoginBehavior to Disabled.",
    check="Get-MgDomainFederationConfiguration: keep PromptLoginBehavior; Get-HotFix on every node.",
    undo="Set-EntraDomainFederationSettings with the value that was kept.",
    source="AD FS prompt=login support; Microsoft KB 4032987, Entra configuration, step 4",
    on_farm=check,
)
