"""Where a certificate says that its issuer is found, it is found."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.known import Known
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.rules.commands import as_account, told
from farmsight_collector.rules.limits import AIA_BYTES_WINDOWS, AIA_URLS_WINDOWS, Limit
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unread, unseen
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

# How what comes stands to the issuer that the server's own chain has (RFC 5280 4.2.2.1, id-ad-caIssuers).
_OTHERS: Final = {
    facts_pb2.ISSUER_MATCH_SAME_NAME: "what comes has the issuer's name and another key",
    facts_pb2.ISSUER_MATCH_OTHER: "what comes is another CA's certificate",
}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield AIA URLs that fail or bring too much, and CAs that name more of them than are tried."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_AIA):
        if isinstance(one, CannotTell):
            yield one
            continue
        fault, limit = _fault(one)
        if fault:
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"The issuer's certificate can't be had at {one.value.url}: {fault}",
                why=RULE.why,
                limit_used=limit.text if limit is not None else "",
                remedy=(as_account(server, one.context, one.value.url),),
            )
    yield from _too_many(farm, server)
    yield from unread(farm, server)
    for store in ("CA", "ROOT"):
        yield from unseen((server,), "store-certificate", part=store, besides=_urls(server), named=True)


def _urls(server: Server) -> frozenset[str]:
    """Return what was fetched here: those findings are about URLs, and not about what stores hold."""
    rows = (held for c in server.contexts("retrievals") for held in server.ask("retrieval", context=c).facts)
    return frozenset(held.value.url for held in rows)


def _fault(one: Fetched) -> tuple[str, Limit | None]:
    outcome = one.value.outcome
    if outcome in NOT_FETCHED:
        return words(one.value), None
    if outcome == facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY:
        return "what comes is no certificate", None
    if outcome == facts_pb2.RETRIEVAL_OUTCOME_TOO_LARGE or (one.ok and one.value.size > AIA_BYTES_WINDOWS.value):
        return f"it is larger than {AIA_BYTES_WINDOWS.value:g} bytes", AIA_BYTES_WINDOWS
    return (_OTHERS.get(one.value.issuer_match, "") if one.ok else ""), None


def _too_many(farm: Farm, server: Server) -> Iterator[Holds]:
    for subject, known, count in _verbose(farm):
        here = tuple(held for held in known.held if held.server == server.name)
        if here:
            yield Holds(
                subject=subject,
                servers=(server.name,),
                title=f"{subject} names {count} URLs for its issuer's certificate",
                evidence=here[:2],
                limit_used=AIA_URLS_WINDOWS.text,
                remedy=(told("the parent CA", "Leave one or two http URLs in the AIA settings; renew this CA"),),
            )


@per_farm
def _verbose(farm: Farm) -> tuple[tuple[str, Known, int], ...]:
    """Return the CAs whose newest certificate names more URLs than are tried, with their number."""
    newest = ((a.subject, known) for a in user_chains(farm).authorities for known in a.valid_at(farm.as_of)[:1])
    counted = ((s, k, len(k.certificate.issuer_urls)) for s, k in newest if k.certificate is not None)
    return tuple(one for one in counted if one[2] > AIA_URLS_WINDOWS.value)


RULE = Rule(
    code="chain.aia-unusable",
    catalogue=("CHAIN-07",),
    severity=Severity.INFO,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what=(
        "An AIA URL of a users' chain can't be fetched, brings no certificate, another CA's or too much; or there are "
        "too many."
    ),
    why="A CA certificate that is missing in the stores can't be fetched when it is needed, and AD FS waits in vain.",
    remedy="Publish the CA's certificate at its AIA URL; install the CA certificates on the servers in any case.",
    check="Fetch the URL as the account, and compare what comes with the CA's certificate.",
    undo="Put back the file that was published before; keep a copy of it.",
    source=(
        "wincrypt.h, MaxAIAUrlRetrievalByteCount and MaxAIAUrlCountInCert; RFC 5280 4.2.2.1; Microsoft KB 4032987, "
        "step 3"
    ),
    on_server=check,
)
