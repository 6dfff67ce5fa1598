"""Servers send no list made of all their roots."""

from collections.abc import Iterator

from farmsight_collector.correlate.peers import UNKNOWN, NotKnown, compare
from farmsight_collector.model.view import Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_collector.rules.commands import registry
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.tls.commands import QUIET, SCHANNEL
from farmsight_collector.rules.tls.issuers import own_list, setting

NAME = "SendTrustedIssuerList"


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for the list being forced on without a store of its own, and for servers that differ in it."""
    for role in ("adfs", "wap"):
        values: dict[str, int | NotKnown] = {}
        held: dict[str, Held] = {}
        for server in farm.of_role(role):
            if server.ask("schannel-setting").knowledge is Knowledge.UNKNOWN:
                values[server.name] = UNKNOWN
                yield CannotTell(reason=f"the Schannel settings of {server.name} are not known", probe="schannel")
                continue
            found = setting(server, NAME)
            values[server.name] = int(found.value.number) if found else 0
            held |= {server.name: found} if found else {}
        on = [name for name, value in values.items() if value not in (0, UNKNOWN)]
        forced = []
        for name in on:
            try:
                forced += [] if own_list(farm.server(name)) else [name]
            except UnknownFactError as error:
                yield CannotTell(server=name, reason=error.reason, probe=error.probe, part=error.part)
        odd = compare(values).odd if on else ()
        for name in sorted({*forced, *(odd if not forced else ())}):
            yield _holds(farm.server(name), held, name in on)


def _holds(server: Server, held: dict[str, Held], on: bool) -> Verdict:
    title = "is forced to send the list of its trusted issuers" if on else "differs from its peers in sending issuers"
    return Holds(
        subject=NAME,
        servers=(server.name,),
        title=f"{server.name} {title}",
        evidence=tuple(held.values()),
        remedy=(
            registry(
                server.name, SCHANNEL, NAME, 0, held[server.name].value.number if server.name in held else None, QUIET
            ),
        ),
    )


RULE = Rule(
    code="tls.trusted-issuer-list-sent",
    catalogue=("TLS-03",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap"}),
    reads=("schannel-setting", "store-certificate"),
    what="SendTrustedIssuerList is forced on, or differs between servers of a role.",
    why="Prompts are filtered by a list of all roots, which hangs or misses CAs; node by node when servers differ.",
    remedy="Set the value to 0 and restart, or give the list a store of its own on every server.",
    check="reg query of the value: who set it, and which store is the list from?",
    undo="reg add with the former value; restart.",
    source="TLS registry settings (Windows Server); field report on a 2 to 5 minute hang (2018)",
    explains=("tls.issuer-list-lacks-ca", "tls.issuer-list-too-long"),
    on_farm=check,
)
