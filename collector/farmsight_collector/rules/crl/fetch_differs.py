"""One URL can be fetched from some servers or accounts, and not from others."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, UnknownFactError
from farmsight_collector.pki.outcomes import NOT_FETCHED
from farmsight_collector.pki.revocation import Fetched, fetched
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each URL that answers somewhere and fails elsewhere, with where it fails."""
    by_key: dict[str, list[Fetched]] = {}
    for server in farm.of_role(*sorted(SIGN_IN)):
        for context in server.contexts("retrievals"):
            try:
                for one in fetched(farm, server, context):
                    by_key.setdefault(one.held.key, []).append(one)
            except UnknownFactError as error:
                yield CannotTell(server=server.name, reason=error.reason, probe=error.probe, context=context)
    for _, seen in sorted(by_key.items()):
        works = [one for one in seen if one.ok]
        fails = [one for one in seen if one.value.outcome in NOT_FETCHED]
        if works and fails:
            yield _holds(works, fails)


def _holds(works: list[Fetched], fails: list[Fetched]) -> Holds:
    url = fails[0].value.url
    servers = {one.server.name for one in fails}
    mixed = sorted(servers & {one.server.name for one in works})
    where = f"{', '.join(mixed)}, by account" if mixed else ", ".join(sorted(servers))
    good = ", ".join(sorted({f"{one.server.name} ({one.context})" for one in works})[:4])
    return Holds(
        subject=url,
        servers=tuple(servers),
        contexts=tuple({one.context for one in fails}),
        title=f"{url} fails on {where}, and works on {good}",
        evidence=(*(one.held for one in fails), works[0].held),
        remedy=tuple(as_account(one.server, one.context, url) for one in fails[:4]),
        why=RULE.why
        + (" On one server it is the account that makes the difference: its proxy or its rights." if mixed else ""),
    )


RULE = Rule(
    code="crl.fetch-differs",
    catalogue=("CRL-01", "CRL-02", "CRL-03", "CRL-16"),
    severity=Severity.INFO,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="The same CRL, AIA or OCSP URL was fetched by some servers or accounts and not by others.",
    why="The URL's host is well: the difference is on the way from the servers or accounts that fail.",
    remedy="Compare proxy settings, name resolution and firewall rules with a server that works.",
    check="Repeat the fetch as the account that fails, then as one that works.",
    source="Comparison of retrievals between servers and accounts; Microsoft KB 4032987",
    on_farm=check,
)
