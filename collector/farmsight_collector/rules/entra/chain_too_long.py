"""A chain is no longer than the tenant takes."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.limits import ENTRA_CHAIN_CAS
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen


def check(farm: Farm) -> Iterator[Verdict]:
    """Count the CAs above each CA that issues to users, itself among them."""
    objects = listed(farm)
    chains = user_chains(farm)
    yield from unseen(farm, "store-certificate")
    for authority in chains.authorities if objects else ():
        above = chains.ancestors(authority)
        names = {one.name_key for one in (authority, *above)}
        if authority.standing is Standing.HELD or chains.children(authority) or len(names) <= ENTRA_CHAIN_CAS.value:
            continue
        yield Holds(
            subject=authority.subject,
            title=f"The chain of {authority.subject} has {len(names)} CAs",
            evidence=(*authority.held[:4], *(held for one in above for held in one.held[:1])),
            remedy=(
                told(
                    "the CA",
                    "Let a CA nearer to the root issue the users' certificates",
                    check=RULE.check,
                    undo=RULE.undo,
                ),
            ),
            limit_used=ENTRA_CHAIN_CAS.text,
        )


RULE = Rule(
    code="entra.chain-too-long",
    catalogue=("ENTRA-16",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "store-certificate"),
    what="More than ten CAs stand above users' certificates.",
    why="Entra builds no longer chain: the certificates are refused there.",
    remedy="Let a CA nearer to the root issue the users' certificates.",
    check="certutil -verify of a user's certificate: count the elements of the chain.",
    undo="The former CA can go on issuing; nothing is taken away.",
    source="Microsoft Entra, certificate revocation list documentation",
    on_farm=check,
)
