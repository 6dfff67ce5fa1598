"""A certificate that issued CAs may not, or not so deep."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Authority, UserChains, user_chains
from farmsight_collector.pki.verdicts import INVALID_BASIC_CONSTRAINTS
from farmsight_collector.rules.chain.said import ca_doubts, carrying, name_of, only_listed
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words, weighed


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each CA without CA:TRUE, and each with a path length that its chain exceeds."""
    yield from _told(farm)
    chains = user_chains(farm)
    yield from ca_doubts(farm)
    for authority in chains.authorities:
        newest = next((k for k in authority.valid_at(farm.as_of) if k.certificate is not None), None)
        if newest is None or newest.certificate is None:
            if authority.valid_at(farm.as_of):
                yield only_listed(authority)
            continue
        allowed, below = newest.certificate.path_length, depth(farm, chains, authority)
        if newest.certificate.is_ca is not True and (below or authority.sources) and not authority.root:
            trouble = "is used as a CA and does not say that it is one (basic constraints)"
        elif allowed is not None and below > allowed:
            trouble = f"allows {allowed} CAs below it, and has {below}"
        else:
            continue
        yield Holds(
            subject=authority.subject,
            title=f"{authority.subject} {trouble}",
            evidence=newest.held[:4],
            remedy=(told("the parent CA", "Issue the CA certificate anew with fitting basic constraints"),),
            severity=weighed(RULE.severity, authority.standing),
            why=RULE.why + standing_words(authority.standing),
        )


def _told(farm: Farm) -> Iterator[Holds]:
    """Yield each certificate for which a server's own chain engine says so: its bytes may not be at hand."""
    for one, summary in carrying(farm, INVALID_BASIC_CONSTRAINTS):
        yield Holds(
            subject=name_of(summary),
            servers=(one.server.name,),
            contexts=one.contexts,
            title=f"{name_of(summary)} breaks the basic constraints, by the word of the server's chain engine",
            evidence=(one.held,),
            remedy=(told("the parent CA", "Issue the CA certificate anew with fitting basic constraints"),),
        )


def depth(farm: Farm, chains: UserChains, authority: Authority, seen: frozenset[int] = frozenset()) -> int:
    """Return how many CAs stand below this one in the longest valid chain, self-issued ones not counted."""
    if authority.id in seen:
        return 0
    below = [c for c in chains.children(authority) if any(not k.self_issued for k in c.valid_at(farm.as_of))]
    return max((1 + depth(farm, chains, child, seen | {authority.id}) for child in below), default=0)


RULE = Rule(
    code="chain.basic-constraints",
    catalogue=("CHAIN-03",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "chain-verdict"),
    what="A CA certificate lacks CA:TRUE, or its path length is smaller than the number of CAs below it.",
    why="Every chain through this certificate is invalid (CERT_TRUST_INVALID_BASIC_CONSTRAINTS).",
    remedy="Issue the CA certificate again with the right basic constraints.",
    check="certutil -dump CA.cer: basic constraints and path length as they are now.",
    undo="Keep the old CA certificate in the stores until the new one is everywhere.",
    source="RFC 5280 6.1.4 (k) to (m)",
    explains=("chain.server-refuses",),
    on_farm=check,
)
