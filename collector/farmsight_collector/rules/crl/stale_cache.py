"""An account goes by an older CRL than the one that is published."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.pki.crl_numbers import crl_number
from farmsight_collector.pki.revocation import Fetched, next_update
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.crl.mirrors_differ import number_of
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Compare the CRL number in each account's URL cache with that of the CRL at the same URL."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        answer = server.ask("url-cache", context=one.context)
        cached = next((held for held in answer.facts if held.key == one.value.url), None)
        if answer.knowledge is Knowledge.UNKNOWN and server.tried("url-cache"):
            yield CannotTell(server=server.name, reason=answer.reason, probe="url-cache", context=one.context)
        elif cached is not None and one.ok and not one.value.from_cache:
            yield from _judge(farm, one, cached)


def _judge(farm: Farm, one: Fetched, cached: Held) -> Iterator[Verdict]:
    old, new = cached.value.crl, one.value.crl
    held, published = crl_number(old.number), number_of(one.value)
    ends = next_update(old)
    if held is None or published is None or held >= published or ends is None or ends <= farm.as_of:
        return
    changed = old.entries != new.entries
    yield of_fetch(
        one,
        full=RULE.severity if changed else Severity.INFO,
        title=f"{one.context} goes by an older CRL of {one.value.url} until {ends:%Y-%m-%d %H:%M} UTC",
        why=RULE.why if changed else "Both lists have as many entries: most likely nothing that matters has changed.",
        evidence=(cached,),
        remedy=(
            powershell(
                one.server.name,
                "certutil -setreg chain\\ChainCacheResyncFiletime '@now'",
                "certutil -urlcache * delete  # as this very account",
                check=("certutil -urlcache CRL  # as this very account: what is kept, and until when",),
                undo=("certutil -delreg chain\\ChainCacheResyncFiletime",),
            ),
        ),
    )


RULE = Rule(
    code="crl.stale-cache",
    catalogue=("CRL-24",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "url-cache", "store-certificate", "entra-authority"),
    what="The URL cache of an account holds an older CRL than its URL serves, and it is still valid.",
    why="Until its next update what was revoked or taken back since is not noticed by this account.",
    remedy="Let the caches be filled anew (ChainCacheResyncFiletime), or wait for the next update.",
    check="certutil -urlcache CRL as that account: what is kept, and until when?",
    undo="certutil -delreg chain\\ChainCacheResyncFiletime; the cache fills itself again.",
    source="Microsoft Japan support on AD FS certificate authentication (CryptoAPI caches)",
    on_server=check,
)
