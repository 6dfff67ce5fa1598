"""A policy makes the machine's WinINET values count, and what an account has of its own counts for nothing."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.model.words import describe
from farmsight_collector.pki.outcomes import NOT_FETCHED
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.commands import powershell, told
from farmsight_collector.rules.network.proxy_only_of_user import CALLER
from farmsight_collector.rules.network.way import BLOCKED, by_http, each_account
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2

_KEY = "Microsoft\\Windows\\CurrentVersion\\Internet Settings"


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at each account's WinINET setting: whose values it is, and whether its fetches suffer by that."""

    def judge(context: str, settings: tuple[Held, ...]) -> Iterator[Verdict]:
        for held in settings:
            if held.key == "wininet" and context != CALLER:
                yield from _judged(server, context, held)

    yield from each_account(server, judge)


def _judged(server: Server, context: str, held: Held) -> Iterator[Verdict]:
    if not held.value.HasField("per_machine"):
        reason = "this source does not show whose WinINET values these are"
        yield CannotTell(server=server.name, reason=reason, probe="proxy-settings", context=context)
        return
    if held.value.per_machine:
        yield from unseen((server,), "retrieval", context=context, named=True)
    failing = _failing(server, context, held) if held.value.per_machine else []
    if not failing and not held.value.own_differs:
        return
    yield Holds(
        subject=f"WinINET proxy of {context}",
        servers=(server.name,),
        contexts=(context,),
        title=f"By policy the machine's WinINET values count for {context} ({describe(held.fact)})"
        + (", and not its own, which differ" if held.value.own_differs else "")
        + ("; its fetches fail" if failing else ""),
        evidence=(held, *failing[:4]),
        remedy=(
            powershell(
                server.name,
                f"reg query 'HKLM\\SOFTWARE\\Policies\\{_KEY}' /v ProxySettingsPerUser",
                f"Get-ItemProperty 'HKLM:\\SOFTWARE\\{_KEY}' | Format-List 'Proxy*', 'AutoConfigURL'",
                "netsh winhttp show proxy  # what is set here comes before either",
            ),
            told(server.name, RULE.remedy),
        ),
    )


def _failing(server: Server, context: str, held: Held) -> list[Held]:
    """Return the fetches that fail through what the machine's values say, or get no connection where they say none."""
    facts = server.ask("retrieval", context=context).facts
    rows = [(row, plain(row.value)) for row in facts if by_http(row.value.url)]
    if held.value.direct:
        return [row for row, value in rows if value.outcome in BLOCKED and not value.proxy]
    of_machine = facts_pb2.PROXY_SOURCE_WINHTTP
    return [
        row
        for row, value in rows
        if value.outcome in NOT_FETCHED and value.proxy and value.proxy_chosen_by != of_machine
    ]


RULE = Rule(
    code="network.proxy-per-machine",
    catalogue=("NET-06",),
    severity=Severity.INFO,
    roles=ADFS | {"wap"},
    reads=("proxy-setting", "retrieval"),
    what=(
        "A policy (ProxySettingsPerUser 0) makes the machine's WinINET values those of all accounts, while an "
        "account has others of its own, or its fetches fail."
    ),
    why=(
        "A proxy that is set for the account, or for the person who looks, changes nothing here: only the machine's "
        "values are read."
    ),
    remedy=(
        "Set the machine's WinINET values right, or WinHTTP's own proxy (netsh winhttp set proxy); or take back the "
        "policy Make proxy settings per-machine (rather than per-user), and set each account's."
    ),
    check="Which policy sets ProxySettingsPerUser, and what values does the machine have? Keep both.",
    undo="Set the values that were kept again.",
    source="Microsoft KB 2623724, proxy detection of the Cryptography API",
    on_server=check,
)
