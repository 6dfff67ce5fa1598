"""The URLs of one certificate serve CRLs of different age."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.crl_numbers import crl_number
from farmsight_collector.pki.freshness import over
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each URL that served an older CRL than another URL for the same certificates, in one run."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        mine = number_of(one.value) if one.twins else None
        if mine is None:
            continue
        newer = [h for h in one.twins if (number_of(h.value) or 0) > mine and _same_crl(one.value, h.value)]
        if not newer:
            continue
        best = max(newer, key=lambda held: number_of(held.value) or 0)
        ended = over(one.value, farm.as_of)
        yield of_fetch(
            one,
            full=RULE.severity if ended else Severity.WARNING,
            title=f"{one.value.url} serves CRL number {mine}, {best.value.url} already {number_of(best.value)}",
            why=RULE.why,
            evidence=(best,),
            remedy=(
                told("the web servers", "Mend the copy from the CA to this host; for LDAP: certutil -dspublish -f"),
            ),
        )


def number_of(retrieval: facts_pb2.Retrieval) -> int | None:
    """Return the CRL number of what was fetched, None when it has none."""
    if plain(retrieval).outcome != facts_pb2.RETRIEVAL_OUTCOME_OK:
        return None
    return crl_number(retrieval.crl.number)


def _same_crl(one: facts_pb2.Retrieval, other: facts_pb2.Retrieval) -> bool:
    """Tell whether both should be the same CRL: one issuer and one key of it."""
    keys = {one.crl.authority_key_identifier, other.crl.authority_key_identifier} - {""}
    return one.crl.issuer == other.crl.issuer and len(keys) <= 1


RULE = Rule(
    code="crl.mirrors-differ",
    catalogue=("CRL-17",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what=(
        "Of several URLs that serve the same CRL, one serves an older number than another, at the same time and place."
    ),
    why=(
        "Which one is used depends on the order of URLs and on luck; once the older expires, sign-in "
        "fails now and then."
    ),
    remedy="Mend the replication from the CA to that host.",
    check="certutil -dump of the CRL at each URL: numbers and dates.",
    undo="Put back the former file, of which a copy was kept.",
    source="certutil -verify -urlfetch, Expired beside Verified; RFC 5280 5.2.3 (numbers only grow)",
    explains=("crl.expired", "crl.delta-expired", "crl.close-to-expiry", "crl.delta-base-mismatch"),
    on_server=check,
)
