"""Servers of one role resolve one name to different addresses."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator

from farmsight_collector.correlate.peers import compare
from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.rules.network.commands import resolve
from farmsight_collector.rules.network.way import lost
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each name whose addresses have nothing in common between servers of a role."""
    for role in sorted(SIGN_IN):
        seen: dict[str, dict[str, tuple[frozenset[str], Held]]] = defaultdict(dict)
        unseen = ""
        for server in farm.of_role(role):
            answer = server.ask("host")
            if answer.knowledge is Knowledge.UNKNOWN:
                unseen = f"{server.name}: {answer.reason}"
                yield CannotTell(server=server.name, reason=answer.reason, probe="host")
            for held in answer.facts:
                for one in held.value.resolutions:
                    if one.outcome == facts_pb2.RESOLUTION_OUTCOME_RESOLVED and one.addresses:
                        seen[one.name.lower()][server.name] = (frozenset(one.addresses), held)
        for name, answers in sorted(seen.items()):
            if unseen and any(held for server in answers for held in lost(farm.server(server), name)):
                yield CannotTell(subject=name, reason=f"not known where it leads elsewhere: {unseen}", probe="host")
            yield from _compared(farm, name, answers)


def _compared(farm: Farm, name: str, answers: dict[str, tuple[frozenset[str], Held]]) -> Iterator[Holds]:
    sets = [addresses for addresses, _ in answers.values()]
    if all(one & other for one in sets for other in sets):
        return
    compared = compare({server: addresses for server, (addresses, _) in answers.items()})
    failed = [held for server in compared.concerned for held in lost(farm.server(server), name)]
    stray = tuple(dict.fromkeys(held.server for held in failed))
    if failed and set(stray) != set(answers):
        yield _astray(farm, name, stray, answers, failed)
        return
    split = len({any(map(_private, addresses)) for addresses in sets}) > 1
    described = "; ".join(f"{', '.join(sorted(found))} on {', '.join(who)}" for found, who in compared.groups)
    yield Holds(
        subject=name,
        servers=compared.concerned,
        title=f"{name} is not the same host everywhere: {described}",
        evidence=tuple(held for _, held in answers.values()),
        remedy=tuple(resolve(farm.server(server), name) for server in compared.concerned),
        severity=RULE.severity if split else Severity.INFO,
        why=RULE.why
        if split
        else "Names with many hosts behind them answer differently by nature; it is worth knowing.",
    )


def _astray(
    farm: Farm, name: str, stray: tuple[str, ...], answers: dict[str, tuple[frozenset[str], Held]], failed: list[Held]
) -> Holds:
    found = "; ".join(f"{', '.join(sorted(answers[one][0]))} on {one}" for one in stray)
    right = sorted({a for server, (addresses, _) in answers.items() if server not in stray for a in addresses})
    return Holds(
        subject=name,
        servers=stray,
        title=f"{name} leads to {found}, where nothing answers; elsewhere it is {', '.join(right)}",
        evidence=(*(answers[one][1] for one in stray), *failed[:6]),
        remedy=tuple(resolve(farm.server(server), name) for server in stray),
    )


def _private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


RULE = Rule(
    code="network.resolution-differs",
    catalogue=("CRL-16", "NET-10"),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("host", "retrieval"),
    what="Servers of one role resolve one name to addresses that have nothing in common.",
    why="Some of the servers are sent inside and others outside: what works on one fails on the other.",
    remedy="Compare DNS servers and hosts files of the servers.",
    check="Compare DNS servers, suffixes and hosts files of both.",
    undo="Set the former record or line again.",
    source="Comparison of name resolution between servers; Microsoft KB 4032987 (URLs must resolve on every server)",
    explains=("crl.differs-by-place", "network.host-unreachable"),
    on_farm=check,
)
