"""All that a chain has to fetch takes longer than it may."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import Authority, user_chains
from farmsight_collector.pki.revocation import Fetched, named_by, usable
from farmsight_collector.rules.commands import either, powershell
from farmsight_collector.rules.limits import CRL_SECONDS_CHAIN
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unread, unseen
from farmsight_collector.rules.weight import fetches, standing_words, weighed
from farmsight_wire.v1 import facts_pb2 as f

# What a fetch took at the least: a finding claims no second that was not measured.
_AT_LEAST: Final = {
    f.DURATION_CLASS_UNDER_5_S: 1,
    f.DURATION_CLASS_UNDER_10_S: 5,
    f.DURATION_CLASS_UNDER_15_S: 10,
    f.DURATION_CLASS_UNDER_20_S: 15,
    f.DURATION_CLASS_OVER_20_S: 20,
}

_ALLOWED: Final = "chain\\ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds"


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Add up, for each chain and account, every URL that is tried before a certificate's status is had."""
    yield from unseen(farm, "given-certificate", about=server.name)
    yield from unread(farm, server)
    by_context: dict[str, list[Fetched]] = {}
    for one in fetches(farm, server, f.RETRIEVAL_PURPOSE_CRL):
        if isinstance(one, CannotTell):
            yield one
        else:
            by_context.setdefault(one.context, []).append(one)
    for context, rows in by_context.items():
        if sum(_AT_LEAST.get(one.value.took, 0) for one in rows) < CRL_SECONDS_CHAIN.value:
            continue  # all of them together are quick enough, so each chain is
        for authority in user_chains(farm).authorities:
            if not authority.root and not user_chains(farm).children(authority):
                yield from _judge(farm, server, context, authority, rows)


def _judge(farm: Farm, server: Server, context: str, authority: Authority, rows: list[Fetched]) -> Iterator[Verdict]:
    above = [one for one in user_chains(farm).ancestors(authority) if not one.root]
    ways = [_of_users(farm, authority, rows), *(_of_its_own(farm, one, rows) for one in (authority, *above))]
    tried = {one.held.key: one.held for way in ways for one in _until_it_answers(farm, way)}
    seconds = {key: _AT_LEAST.get(held.value.took, 0) for key, held in tried.items()}
    total = sum(seconds.values())
    if total >= CRL_SECONDS_CHAIN.value and sum(map(bool, seconds.values())) > 1:
        yield Holds(
            subject=authority.subject,
            servers=(server.name,),
            contexts=(context,),
            title=f"The CRLs of chains through {authority.subject} take {total} seconds or more to fetch",
            evidence=tuple(tried[key] for key, spent in seconds.items() if spent),
            remedy=(
                either(
                    server,
                    powershell(
                        server.name,
                        "# mend or drop the URLs that are slow or dead; until then allow more time:",
                        f"certutil -setreg {_ALLOWED} 40000",
                        check=(f"certutil -getreg {_ALLOWED}  # keep it: without a value, 20000",),
                        undo=(f"certutil -delreg {_ALLOWED}  # or the value that the check showed",),
                    ),
                    "Mend or drop the URLs that are slow or dead",
                ),
            ),
            severity=weighed(RULE.severity, authority.standing),
            why=RULE.why + standing_words(authority.standing),
            limit_used=CRL_SECONDS_CHAIN.text,
        )


def _of_users(farm: Farm, authority: Authority, rows: list[Fetched]) -> list[Fetched]:
    """Return the fetches for what the CA issued: by the users' own certificates, else by the tenant's word."""
    users = _handed_in(farm).get(authority.name_key, frozenset())
    theirs = [one for one in rows if users.intersection(one.value.named_by)]
    named = (one for one in rows if authority.sha1s.intersection(named_by(farm, one.value)))
    return theirs or [one for one in named if not _names(authority, one.value.url)]


def _of_its_own(farm: Farm, authority: Authority, rows: list[Fetched]) -> list[Fetched]:
    """Return the fetches for the CA's own certificate."""
    its = (one for one in rows if authority.sha1s.intersection(named_by(farm, one.value)))
    return [one for one in its if _names(authority, one.value.url)]


def _names(authority: Authority, url: str) -> bool:
    """Tell whether the CA's own certificate names the URL; one of which only a listing was seen is taken to."""
    read = [known.certificate for known in authority.certificates if known.certificate is not None]
    return not read or any(url in certificate.crl_urls for certificate in read)


@per_farm
def _handed_in(farm: Farm) -> dict[str, frozenset[str]]:
    """Return the users' certificates that were handed in, by the name of their issuer."""
    found: dict[str, frozenset[str]] = {}
    for server in farm.servers:
        for held in server.ask("given-certificate").facts:
            own = held.value.certificate
            if own.is_ca == f.TRISTATE_NO:
                key = names.text_key(own.issuer)
                found[key] = found.get(key, frozenset()) | {own.sha1}
    return found


def _until_it_answers(farm: Farm, way: list[Fetched]) -> Iterator[Fetched]:
    """Yield the fetches in the order of the URLs, up to the first that answers as it should."""
    for one in sorted(way, key=lambda one: one.value.position):
        yield one
        if usable(one.value, farm.as_of):
            return


RULE = Rule(
    code="crl.fetches-too-long",
    catalogue=("CRL-22",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority", "given-certificate"),
    what="The CRLs of one chain take 20 seconds or more together, counting dead URLs that are tried first.",
    why="Windows gives all revocation fetches of a chain 20 seconds: it fails though each URL alone is fast enough.",
    remedy="Take dead URLs out of the certificates, host CRLs faster, or raise the limit on the servers.",
    check="certutil -getreg chain\\ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds: keep what is set.",
    undo="certutil -delreg chain\\ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds, or the former value again.",
    source="wincrypt.h, ChainRevAccumulativeUrlRetrievalTimeoutMilliseconds",
    explains=("chain.revocation-offline",),
    on_server=check,
)
