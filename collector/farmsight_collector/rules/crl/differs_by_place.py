"""One URL serves different CRLs to different servers, accounts or addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.pki.freshness import doubt, over, this_update
from farmsight_collector.pki.revocation import Fetched, fetched
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.crl.mirrors_differ import number_of
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_TO_PUBLISH = timedelta(hours=1)  # AD CS back-dates by ten minutes; the copy to the web server takes its time
_PURPOSES = (facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    one: Fetched
    number: int
    last_run: datetime


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each URL that still served an older CRL somewhere after a newer one had been seen elsewhere."""
    by_key: dict[str, list[_Seen]] = {}
    for server in farm.of_role(*sorted(SIGN_IN)):
        for context in server.contexts("retrievals"):
            try:
                _add(by_key, farm, server, context)
            except UnknownFactError as error:
                yield CannotTell(server=server.name, reason=error.reason, probe=error.probe, context=context)
    for _, seen in sorted(by_key.items()):
        newest = max(one.number for one in seen)
        best = [one.one for one in seen if one.number == newest]
        out_since = _out_since(best)
        behind = [one for one in seen if one.number < newest and one.last_run >= out_since]
        if behind:
            first = min(best, key=lambda one: (one.held.began, one.server.name, one.context))
            yield _holds(farm, behind, first.held, newest)


def _out_since(best: list[Fetched]) -> datetime:
    """Return since when the newest CRL is certainly out: somebody has it, or it was signed an hour before."""
    seen = min(one.held.began for one in best)
    begun = ((this_update(one.value.crl), doubt(one.value)) for one in best)
    signed = [begins + unsure + _TO_PUBLISH for begins, unsure in begun if begins is not None]
    return min([seen, *signed])


def _add(by_key: dict[str, list[_Seen]], farm: Farm, server: Server, context: str) -> None:
    rows = [c for c in server.coverage if c.probe == "retrievals" and c.context == context]
    for one in fetched(farm, server, context):
        number = number_of(one.value)
        if one.value.purpose in _PURPOSES and number is not None:
            made = _Seen(one=one, number=number, last_run=rows[0].covered_until)
            by_key.setdefault(one.held.key, []).append(made)


def _holds(farm: Farm, behind: list[_Seen], best: Held, newest: int) -> Holds:
    url = best.value.url
    asked = sorted({(one.one.server.name, one.one.context) for one in behind})
    ended = any(over(one.one.value, farm.as_of) for one in behind)
    addresses = sorted({hop.address for one in behind for hop in one.one.value.hops if hop.address})
    return Holds(
        subject=url,
        servers=tuple(server for server, _ in asked),
        contexts=tuple(context for _, context in asked),
        title=f"{url} still serves CRL number {min(one.number for one in behind)} here, and {newest} on {best.server}"
        + (f" (answered by {', '.join(addresses)})" if addresses else ""),
        evidence=(best, *(one.one.held for one in behind)),
        remedy=tuple(as_account(farm.server(server), context, url) for server, context in asked),
        severity=RULE.severity if ended else Severity.WARNING,
    )


RULE = Rule(
    code="crl.differs-by-place",
    catalogue=("CRL-17", "CRL-16"),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="One URL gives an older CRL to some servers or accounts than to others, also after the newer was out.",
    why=(
        "Behind the name stand several hosts, or a proxy with a cache of its own: some servers refuse "
        "certificates that others accept."
    ),
    remedy="Compare the addresses that answered; mend the copy on the one that lags, or clear the proxy's cache.",
    check="certutil -dump of what each place serves: numbers and dates; which host answered?",
    undo="Put back the former file; a proxy's cache fills itself again.",
    source="Comparison of CRL numbers between servers, accounts and addresses; RFC 5280 5.2.3 (numbers only grow)",
    explains=("crl.expired", "crl.delta-expired", "crl.close-to-expiry", "crl.delta-base-mismatch"),
    on_farm=check,
)
