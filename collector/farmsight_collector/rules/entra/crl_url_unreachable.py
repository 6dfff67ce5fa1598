"""The tenant's CRL URLs can be fetched by the farm's servers too."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.entra.copies import Copy, Published, published
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for URLs that came from somewhere, and that a server's accounts can't fetch."""
    for server in farm.of_role(*sorted(SIGN_IN)):
        for context in server.contexts("retrievals"):
            answer = server.ask("retrieval", context=context)
            if answer.knowledge is Knowledge.UNKNOWN:
                yield CannotTell(server=server.name, reason=answer.reason, probe="retrievals", context=context)
    for one in published(farm):
        if one.came:
            for copy in one.tried:
                if copy.value.outcome in NOT_FETCHED and farm.server(copy.held.server).role in SIGN_IN:
                    yield _holds(farm, one, copy)


def _holds(farm: Farm, one: Published, copy: Copy) -> Holds:
    held = copy.held
    return Holds(
        subject=one.url,
        servers=(held.server,),
        contexts=(held.context,) if held.context else (),
        title=f"The tenant's CRL URL {one.url} can't be fetched on every server of the farm ({words(copy.value)})",
        evidence=(held, one.authority, one.came[0].held),
        remedy=(as_account(farm.server(held.server), held.context or "", one.url),),
    )


RULE = Rule(
    code="entra.crl-url-unreachable",
    catalogue=("ENTRA-06",),
    severity=Severity.INFO,
    roles=SIGN_IN,
    reads=("entra-authority", "retrieval"),
    what="A CRL URL of the tenant answers elsewhere, and an account of a server of the farm can't fetch it.",
    why="Entra does not need the servers for it; the vendor asks that clients, AD FS and WAP reach the same URLs.",
    remedy="Let the servers out to the URL, or publish the CRL at one URL for all.",
    check="Fetch the URL as the account, and from outside: where does the way part?",
    undo="Take back the rule on firewall or proxy that was made for it.",
    source="Microsoft KB 4032987, Entra configuration, step 3",
    on_farm=check,
)
