"""The tenant's CA list beside the CAs of users' chains."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.pki import names
from farmsight_collector.pki.chains import Authority, Standing, UserChains, user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.linking import closure
from farmsight_collector.pki.naming import TENANT, USER, VERIFIED, without_thumbprint
from farmsight_collector.rules.rule import Severity

_NO_KEY: Final = "the tenant's list tells key identifiers and no thumbprints, and listings of this CA tell no keys"


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A CA of users' chains that the tenant does not list."""

    subject: str
    root: bool
    evidence: tuple[Held, ...]
    because: str
    severity: Severity
    doubt: str = ""  # why it can't be told after all


def listed(farm: Farm) -> tuple[Held, ...]:
    """Return the tenant's CA objects; raises UnknownFactError when the tenant's side is not known."""
    return farm.known("entra-authority")


def missing(farm: Farm) -> Iterator[Missing]:
    """Yield the CAs that the tenant lacks, each with how sure it is that users' chains need it."""
    objects = listed(farm)
    chains = user_chains(farm)
    by_key = not any(True for _ in without_thumbprint(farm))
    above = {a.id for child in chains.authorities if TENANT in child.sources for a in chains.ancestors(child)}
    used = {a.id for child in chains.authorities if USER in child.sources for a in chains.ancestors(child)}
    for authority in chains.authorities:
        renewed = any(TENANT in other.sources for other in chains.namesakes(authority))
        if TENANT in authority.sources or renewed or not authority.valid_at(farm.as_of):
            continue
        because, severity = _weighed(farm, chains, authority, above, used, empty=not objects)
        if severity is not None:
            yield Missing(
                subject=authority.subject,
                root=authority.root,
                evidence=authority.held[:6],
                because=because,
                severity=severity,
                doubt="" if by_key or any(k.subject_key for k in authority.certificates) else _NO_KEY,
            )
    yield from _issuers_not_known(chains, objects)


def _weighed(
    farm: Farm, chains: UserChains, authority: Authority, above: set[int], used: set[int], *, empty: bool
) -> tuple[str, Severity | None]:
    certain = (
        (authority.id in above, "it stands above a CA that is listed"),
        (USER in authority.sources, "it issued a user's certificate"),
        (authority.id in used, "it stands above a CA that issued a user's certificate"),
        (empty and authority.standing in (Standing.NAMED, Standing.UNDECIDED), "the list is empty"),
    )
    because = next((words for holds, words in certain if holds), "")
    if not because and "ClientAuthIssuer" in authority.sources and not _of_servers(farm, authority):
        return "the servers announce it to clients", Severity.WARNING
    if because or authority.root:
        return because, Severity.CRITICAL if because else None
    if _shares_root(chains, authority) and _everywhere(farm, authority):
        return "every server holds it, under a root that is listed", Severity.ERROR
    if VERIFIED in authority.sources:
        return "it was verified as a CA of users' chains", Severity.WARNING
    if authority.standing is Standing.NAMED:
        return "NTAuth lets it issue for sign-in", Severity.WARNING
    return "", None


def _shares_root(chains: UserChains, authority: Authority) -> bool:
    return any(a.root and TENANT in a.sources for a in chains.ancestors(authority))


def _everywhere(farm: Farm, authority: Authority) -> bool:
    """Tell whether all AD FS nodes and proxies hold it, and not just because it issued their own certificates."""
    servers = farm.of_role("adfs", "wap")
    held = {h.server for h in authority.held if h.kind == "store-certificate" and h.value.store == "CA"}
    own = (h for s in servers for h in s.ask("store-certificate", part="MY").facts)
    issued_own = any(h.value.certificate.issuer == authority.subject for h in own)
    known = all(inventory(farm).answer(s, "CA").knowledge is Knowledge.KNOWN for s in servers)
    proxied = any(s.role == "wap" for s in servers)
    return known and proxied and not issued_own and held >= {s.name for s in servers}


def _of_servers(farm: Farm, authority: Authority) -> bool:
    """Tell whether it stands above the servers' own certificates: it is announced for them, or by mistake."""
    own = (held.value.certificate for s in farm.servers for held in s.ask("store-certificate", part="MY").facts)
    above = {names.text_key(one.issuer) for one in own if one.subject != one.issuer}
    issuers: dict[str, set[str]] = defaultdict(set)
    for known in inventory(farm).known.values():
        issuers[names.text_key(known.subject)].add(names.text_key(known.issuer))
    return authority.name_key in closure(above, issuers)


def _issuers_not_known(chains: UserChains, objects: tuple[Held, ...]) -> Iterator[Missing]:
    for authority in chains.authorities:
        if TENANT not in authority.sources or authority.root or chains.parents(authority):
            continue
        evidence = tuple(h for h in objects if h.value.certificate.sha1 in authority.sha1s)
        issuer = authority.certificates[0].issuer
        if issuer:
            because = f"it issued {authority.subject}, which is listed"
            yield Missing(subject=issuer, root=True, evidence=evidence, because=because, severity=Severity.CRITICAL)
