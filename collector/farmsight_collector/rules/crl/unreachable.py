"""A CRL can't be fetched under an account that validates certificates, and nothing replaces it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.pki.revocation import Fetched, cached_copy, passing_verdict
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.crl.outside import out_of_reach
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unread
from farmsight_collector.rules.weight import fetches, not_tried, of_fetch, unreachable_entries
from farmsight_wire.v1 import facts_pb2

_OUTSIDE = "A server outside the domain can't ask the directory, and need not: the CRL's other URL is the one to mend."


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each base CRL that was not fetched while no other source serves the same certificates."""
    yield from not_tried(farm, server)
    yield from (replace(doubt, subject=None) for doubt in unread(farm, server))  # whose URLs matter is not known
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL):
        if isinstance(one, CannotTell):
            yield one
        elif _is_without_source(one):
            verdict = of_fetch(
                one,
                full=RULE.severity,
                title=f"{one.value.url} can't be fetched: {words(one.value)}",
                why=RULE.why,
                remedy=(as_account(server, one.context, one.value.url),),
            )
            found = _served_from_cache(farm, one, replace(verdict, catalogue=unreachable_entries(one.context)))
            yield replace(found, severity=Severity.INFO, why=_OUTSIDE) if out_of_reach(server, one) else found


def without_source(farm: Farm, server: Server) -> Iterator[Fetched]:
    """Yield the fetches of base CRLs that this rule finds fault with."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL):
        if not isinstance(one, CannotTell) and _is_without_source(one):
            yield one


def _is_without_source(one: Fetched) -> bool:
    return one.value.outcome in NOT_FETCHED and not one.alternative


def _served_from_cache(farm: Farm, one: Fetched, verdict: Holds) -> Holds:
    """Return the verdict, lowered while a copy in the account's cache still serves."""
    cached = cached_copy(farm, one)
    if cached is not None:
        until = cached.value.crl.next_update.ToDatetime(tzinfo=UTC)
        said = f" A cached copy still serves {one.context} until {until:%Y-%m-%d %H:%M} UTC."
        return _lowered(verdict, cached, said)
    passing = passing_verdict(one)
    if passing is not None:
        said = f" The server's own check as {one.context} still passed: a copy in its cache serves, until it ends."
        return _lowered(verdict, passing, said)
    return verdict


def _lowered(verdict: Holds, by: Held, said: str) -> Holds:
    severity = min(verdict.severity or RULE.severity, Severity.ERROR)
    entries = (*verdict.catalogue, "CRL-23")
    evidence = (*verdict.evidence, by)
    return replace(verdict, severity=severity, evidence=evidence, why=verdict.why + said, catalogue=entries)


RULE = Rule(
    code="crl.unreachable",
    catalogue=("CRL-01", "CRL-02", "CRL-03", "CRL-23"),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("retrieval", "url-cache", "store-certificate", "entra-authority"),
    what="No URL that serves a certificate's revocation status could be fetched, under an account that needs it.",
    why=(
        "Without a CRL the status is unknown and the chain is refused (0x80092013): the user picks a "
        "certificate and gets an error."
    ),
    remedy=(
        "Fetch the URL as that account; open firewall and proxy for that identity (computer account, service account)."
    ),
    check="Fetch the URL as the account that fails, then as one that works: where does the way part?",
    undo="Take back the rule on firewall or proxy that was made for it.",
    source="Microsoft KB 4032987, section on CRL endpoints; AD FS user certificate documentation",
    explains=(
        "wap.congestion",
        "crl.fetch-differs",
        "crl.fetches-too-long",
        "chain.revocation-offline",
        "entra.crl-url-unreachable",
    ),
    on_server=check,
)
