"""Trust stores of servers of one role hold different certificates."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from farmsight_collector.correlate.peers import UNKNOWN, Comparison, NotKnown, lacking
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.chains import SHIPPED_WITH_WINDOWS, Authority, user_chains
from farmsight_collector.pki.gaps import expected
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.known import came_along
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield, for each role and store, what differs and is not found missing by a rule of its own."""
    for role in ("adfs", "wap"):
        for store in ("ROOT", "CA"):
            found = _differences(farm, role, store)
            if not found:
                doubts = unseen(farm, "store-certificate", part=store)
                yield from (replace(doubt, subject=f"{store} on {role} servers") for doubt in doubts)
                continue
            known, chains = inventory(farm).known, user_chains(farm)
            odd: dict[str, list[str]] = defaultdict(list)
            for sha1, compared in found.items():
                for name in compared.concerned:
                    odd[name].append(sha1)
            listed = sorted({known[sha1].subject or sha1 for sha1 in found})
            more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
            matters = any(sha1 in chains.by_sha1 for sha1 in found)
            yield Holds(
                subject=f"{store} on {role} servers",
                servers=tuple(odd),
                title=f"{store} differs between the {role} servers: {', '.join(listed[:3])}{more}",
                evidence=tuple(h for sha1 in sorted(found)[:10] for h in _held(farm, role, store, sha1)),
                remedy=tuple(powershell(name, f"certutil -store {store}") for name in sorted(odd)),
                severity=Severity.WARNING if matters else Severity.INFO,
                why=RULE.why if matters else "None of the certificates is known to be in a user's chain.",
            )


def _differences(farm: Farm, role: str, store: str) -> dict[str, Comparison[bool]]:
    held = inventory(farm)
    holdings: dict[str, frozenset[str] | NotKnown] = {}
    for server in farm.of_role(role):
        rows = held.thumbprints(server, store)
        holdings[server.name] = UNKNOWN if rows is None else rows
    return {sha1: c for sha1, c in lacking(holdings).items() if _counts(farm, role, store, sha1)}


def _counts(farm: Farm, role: str, store: str, sha1: str) -> bool:
    known = inventory(farm).known[sha1]
    rows = _held(farm, role, store, sha1)
    if sha1 in SHIPPED_WITH_WINDOWS or not known.valid_at(farm.as_of):
        return False
    if all(came_along(row.value.origin, sha1) for row in rows):
        return False
    authority = user_chains(farm).by_sha1.get(sha1)
    return authority is None or not _told_elsewhere(farm, role, store, authority)


def _told_elsewhere(farm: Farm, role: str, store: str, authority: Authority) -> bool:
    """Tell whether the rules for missing or misplaced CAs speak of it, or another certificate of the key serves."""
    misplaced = authority.root is (store == "CA")
    needed = any(expected(farm, server, authority) for server in farm.of_role(role))
    return misplaced or needed or len(authority.certificates) > 1


def _held(farm: Farm, role: str, store: str, sha1: str) -> tuple[Held, ...]:
    names = {server.name for server in farm.of_role(role)}
    rows = inventory(farm).known[sha1].held
    return tuple(h for h in rows if h.kind == "store-certificate" and h.value.store == store and h.server in names)


RULE = Rule(
    code="store.contents-differ",
    catalogue=("STORE-01", "STORE-03"),
    severity=Severity.INFO,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what="ROOT or CA differs between servers of one role by certificates that are not of the root programme.",
    why="The certificate may be in users' chains, and no majority says which of the servers are right.",
    remedy="Compare the stores and make them equal where the difference has no reason.",
    check="Compare thumbprints with the CA's owner before anything is added.",
    source="Comparison of stores between servers; Microsoft KB 4032987 wants the chain on all of them",
    on_farm=check,
)
