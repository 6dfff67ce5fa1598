"""AD FS may read the private keys of its certificates."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.adfs.telling_events import numbers, recent
from farmsight_collector.rules.commands import certificates_console, powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

EVENTS = (133, 249)


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for the events in which AD FS says that a certificate of its configuration has no key that it can read."""
    events = tuple(recent(farm, server, *EVENTS))
    if events:
        seen = numbers(events)
        yield Holds(
            subject=f"events {seen}",
            servers=(server.name,),
            title=f"{server.name}: AD FS could not use the private key of one of its certificates (event {seen})",
            evidence=events[-4:],
            remedy=(
                powershell(
                    server.name,
                    f"# {certificates_console(server)}, Personal, the certificate, All Tasks, Manage Private Keys: "
                    "let NT SERVICE\\adfssrv read it",
                    "Restart-Service adfssrv",
                    check=(
                        "Get-WinEvent -FilterHashtable @{LogName='AD FS/Admin'; Id=133,249} -MaxEvents 4 | Format-List",
                        "Get-AdfsCertificate; Get-ChildItem Cert:\\LocalMachine\\My",
                    ),
                    undo=("# take the entry out of the key's list again; Restart-Service adfssrv",),
                ),
            ),
        )


RULE = Rule(
    code="adfs.private-key-unreadable",
    catalogue=("HTTP-27",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("event",),
    what="AD FS wrote within the last week that it can't use the private key of one of its certificates.",
    why="The service does not start, or signs and decrypts no tokens, for want of a right to read the key.",
    remedy="Let NT SERVICE\\adfssrv read the private key, or import the certificate with its key again.",
    check="Which certificate do the events name, and is it in the machine's MY store with its key?",
    undo="Take the entry out of the key's access list again.",
    source="AD FS troubleshooting, certificates; what events 133 and 249 mean is field experience",
    on_server=check,
)
