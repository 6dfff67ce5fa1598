"""The tenant's CRL URLs answer to one who looks from the Internet."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.copies import Published, published
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict

_NOBODY = "not known from the Internet: no vantage agent; put one outside and give it the URLs (docs/entra.md)"
_UNSEEN = "does not fetch this URL of the tenant; give it the list of: farmsight-collector entra urls"


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
    if one.outside:
        return  # it came to one of them: the Internet reaches it
    if one.blind:
        yield one.doubt(one.blind)
        return
    names = {server.name for server in vantages}
    failed = [copy for copy in one.tried if copy.held.server in names and copy.value.outcome in NOT_FETCHED]
    unseen = sorted(names - {copy.held.server for copy in one.tried})
    if not failed or unseen:
        who = ", ".join(unseen or sorted(names))
        yield CannotTell(subject=one.url, reason=f"{who} {_UNSEEN}", probe="retrievals")
        return
    yield Holds(
        subject=one.url,
        title=f"Nobody outside gets {one.subject}'s CRL from the tenant's URL: {words(failed[0].value)} ({one.url})",
        evidence=(one.authority, *(copy.held for copy in failed[:6])),
        remedy=(told("", f"Publish the CRL where everybody reaches it, and let the Internet in to {one.url}"),),
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
