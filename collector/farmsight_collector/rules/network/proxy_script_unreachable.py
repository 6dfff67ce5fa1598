"""The script that names the proxy can be had by the account that has to ask it."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.network.way import each_account
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2 as f

WPAD: Final = "wpad"
_LOST: Final = frozenset({f.RESOLUTION_OUTCOME_NO_SUCH_NAME, f.RESOLUTION_OUTCOME_TIMED_OUT})
_WAITED: Final = frozenset({f.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT, f.RETRIEVAL_OUTCOME_TIMED_OUT})
_SLOW: Final = f.DURATION_CLASS_UNDER_15_S
_QUICK: Final = frozenset({f.DURATION_CLASS_UNDER_1_S, f.DURATION_CLASS_UNDER_5_S})


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at each account that finds its proxy by a script: is the script's host known, are its fetches slow?"""

    def judge(context: str, settings: tuple[Held, ...]) -> Iterator[Verdict]:
        automatic = next((h for h in settings if h.value.pac_url or h.value.auto_detect), None)
        if automatic is not None and context != "caller":
            yield from _judge(server, context, automatic)

    yield from each_account(server, judge)


def _judge(server: Server, context: str, setting: Held) -> Iterator[Verdict]:
    where = setting.value.pac_url or "automatic detection (WPAD)"
    rows = server.ask("retrieval", context=context).facts
    lost = _not_resolved(server, host_of(setting.value.pac_url) if setting.value.pac_url else WPAD)
    waited = [row for row in rows if _slow(row) and _quick_elsewhere(server, context, row.key)]
    if lost is not None or waited:
        proof = f"its host {lost[1]} is not resolved" if lost is not None else "fetches wait that others do not"
        yield Holds(
            subject=where,
            servers=(server.name,),
            contexts=(context,),
            title=f"{context} finds its proxy by {where}, and {proof}",
            evidence=(setting, *((lost[0],) if lost is not None else ()), *waited[:4]),
            remedy=(
                powershell(
                    server.name,
                    f"Resolve-DnsName {quoted(host_of(setting.value.pac_url) or WPAD)}",
                    "netsh winhttp show advproxy",
                ),
            ),
        )
        return
    doubts = (*unseen((server,), "host", named=True), *unseen((server,), "retrieval", named=True))
    yield from doubts
    if not doubts and not any(_quick(row) for row in rows):
        reason = f"nobody fetched the proxy script as {context} ({where})"
        yield CannotTell(server=server.name, reason=reason, probe="proxy-settings", context=context)


def _not_resolved(server: Server, host: str) -> tuple[Held, str] | None:
    for held in server.ask("host").facts:
        for one in held.value.resolutions:
            name = one.name.lower()
            if one.outcome in _LOST and (name == host or (host == WPAD and name.startswith("wpad."))):
                return held, name
    return None


def _slow(row: Held) -> bool:
    return row.value.took >= _SLOW or plain(row.value).outcome in _WAITED


def _quick(row: Held) -> bool:
    return row.value.took in _QUICK and plain(row.value).outcome == f.RETRIEVAL_OUTCOME_OK


def _quick_elsewhere(server: Server, context: str, key: str) -> bool:
    """Tell whether an account that uses no script got the same URL quickly, on this very server."""
    for other in server.contexts("proxy-settings"):
        settings = server.ask("proxy-setting", context=other)
        scripted = any(held.value.pac_url or held.value.auto_detect for held in settings.facts)
        if other == context or not settings.facts or scripted:
            continue
        for row in server.ask("retrieval", context=other).facts:
            if row.key == key and _quick(row):
                return True
    return False


RULE = Rule(
    code="network.proxy-script-unreachable",
    catalogue=("NET-05",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("proxy-setting", "retrieval", "host"),
    what=(
        "A service's account finds its proxy by a script (PAC, WPAD) whose host is not resolved, or its fetches wait "
        "where an account without script does not."
    ),
    why="Each fetch first looks for the script, and waits: the time that chain building may use is spent on it.",
    remedy="Turn automatic detection off for the service's account, or make the script's host reachable.",
    check="Resolve and fetch the script's URL from this server.",
    undo="Turn automatic detection on again for the account.",
    source="Microsoft KB 2623724, proxy detection of the Cryptography API; how long it waits is field experience",
    explains=("crl.slow", "crl.unreachable", "crl.mirror-unreachable", "crl.fetch-differs"),
    on_server=check,
)
