"""The tenant's CRL URLs answer to one who looks from the Internet."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.copies import Published, published
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_NOBODY = "not known from the Internet: no vantage agent; put one outside and give it the URLs (docs/entra.md)"
_UNSEEN = "does not fetch this URL of the tenant; give it the list of: farmsight-collector entra urls"

_CAME = frozenset({facts_pb2.RETRIEVAL_OUTCOME_OK, facts_pb2.RETRIEVAL_OUTCOME_TOO_LARGE})
_NO_CRL = frozenset({facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY})
# A proxy that wants a password stands before the vantage point, not before Entra.
_FAILED = (NOT_FETCHED | _NO_CRL) - {facts_pb2.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION}


def check(farm: Farm) -> Iterator[Verdict]:
    """Judge each URL by what the vantage points got; without any of them nothing can be told."""
    vantages = farm.of_role("vantage")
    named = list(published(farm))
    if named and not vantages:
        yield CannotTell(reason=_NOBODY, probe="retrievals")
        return
    for one in named:
        yield from _judge(one, vantages)


def _judge(one: Published, vantages: tuple[Server, ...]) -> Iterator[Verdict]:
    names = {server.name for server in vantages}
    seen = [copy for copy in one.tried if copy.held.server in names]
    if one.outside or any(copy.value.outcome in _CAME for copy in seen):
        return  # it came to one of them: the Internet reaches it
    failed = [copy for copy in seen if copy.value.outcome in _FAILED]
    if one.blind or not failed:
        own = ", ".join(f"{copy.held.server}: {words(copy.value)}" for copy in seen[:1])
        yield one.doubt(one.blind or own or f"{', '.join(sorted(names))} {_UNSEEN}")
        return
    said = "what comes is no CRL" if failed[0].value.outcome in _NO_CRL else words(failed[0].value)
    yield Holds(
        subject=one.url,
        title=f"Nobody outside gets {one.subject}'s CRL from the tenant's URL: {said} ({one.url})",
        evidence=(one.authority, *(copy.held for copy in failed[:6])),
        remedy=(told("", f"Publish the CRL where everybody reaches it, and let the Internet in to {one.url}"),),
        severity=Severity.ERROR if one.delta else None,
    )


RULE = Rule(
    code="entra.crl-url-unreachable-outside",
    catalogue=("ENTRA-05",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "vantage"}),
    reads=("entra-authority", "retrieval"),
    what="No vantage point outside the network can fetch a CRL URL of the tenant.",
    why="Entra comes from the Internet too: without the CRL, tokens of its users are not refreshed (AADSTS500173).",
    remedy="Publish the CRL on a public host that answers everybody over plain http.",
    check="Does another machine outside get it? Then the vantage point's own way is at fault.",
    undo="Take the published copy away again.",
    source="Microsoft KB 4032987, Entra configuration, steps 2 and 3",
    on_farm=check,
)
