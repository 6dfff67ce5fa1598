"""The proxy is set for the person who looks, and not for the account that fetches."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Held, Knowledge, Server, UnknownFactError
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.network.commands import set_proxy
from farmsight_collector.rules.network.name_not_resolved import host_of
from farmsight_collector.rules.network.proxy_without_bypass import bypassed
from farmsight_collector.rules.network.way import BLOCKED, FETCHES_FAIL, by_http
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2 as f

CALLER: Final = "caller"


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look at accounts that get no connection of their own and use no proxy, where a person's profile has one."""
    for context in server.contexts("retrievals"):
        rows = server.ask("retrieval", context=context).facts
        failing = [
            row
            for row in rows
            if by_http(row.value.url) and plain(row.value).outcome in BLOCKED and not row.value.proxy
        ]
        if context != CALLER:
            yield from unseen((server,), "retrieval", context=context, named=True)
        if context == CALLER or not failing:
            continue
        try:
            yield from _judge(server, context, failing)
        except UnknownFactError as error:
            yield CannotTell(server=server.name, reason=error.reason, probe=error.probe, context=error.context)


def _judge(server: Server, context: str, failing: list[Held]) -> Iterator[Verdict]:
    own = server.need("proxy-setting", context=context)
    if any(held.value.proxy or held.value.pac_url or held.value.auto_detect for held in own):
        return
    for held in server.need("proxy-setting", context=CALLER):
        direct = [row for row in failing if held.value.proxy and not bypassed(host_of(row.value.url), held)]
        if not direct:
            continue
        proven = _fetched_by_caller(server, direct)
        yield Holds(
            subject=held.value.proxy,
            servers=(server.name,),
            contexts=(context,),
            title=f"The proxy {held.value.proxy} is set in a person's profile; {context} has none, and no way out",
            evidence=(held, *own, *direct[:4], *proven[:2]),
            remedy=(
                set_proxy(
                    server.name, held.value.proxy, held.value.bypass, next((h for h in own if h.key == "winhttp"), None)
                ),
            ),
            severity=None if proven else Severity.WARNING,
        )


def _fetched_by_caller(server: Server, failing: list[Held]) -> list[Held]:
    answer = server.ask("retrieval", context=CALLER)
    if answer.knowledge is not Knowledge.KNOWN:
        return []
    keys = {row.key for row in failing}
    return [h for h in answer.facts if h.key in keys and plain(h.value).outcome == f.RETRIEVAL_OUTCOME_OK]


RULE = Rule(
    code="network.proxy-only-of-user",
    catalogue=("NET-03",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("proxy-setting", "retrieval"),
    what=(
        "A service's account uses no proxy and gets no connection, while the profile of the person who looked has a "
        "proxy; with that person's own fetch successful it is an error."
    ),
    why="The administrator's browser shows the CRL, and the service that validates certificates never gets it.",
    remedy="Set the proxy for the machine (netsh winhttp set proxy), or for the account (bitsadmin /util /setieproxy).",
    check="netsh winhttp show proxy: keep the output; does the proxy let the computer's account through?",
    undo="netsh winhttp reset proxy, or the values that were kept.",
    source="Microsoft KB 2623724, proxy detection of the Cryptography API; Microsoft KB 4032987, step 3",
    explains=(
        *FETCHES_FAIL,
        "network.host-unreachable",
        "network.name-not-resolved",
    ),
    on_server=check,
)
