"""A CA that was renewed with a new key is listed again."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Authority, user_chains
from farmsight_collector.pki.naming import TENANT, USER
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import add
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for newer keys of listed CAs that servers hold and the tenant does not."""
    listed(farm)
    chains = user_chains(farm)
    for authority in chains.authorities:
        if TENANT in authority.sources or not authority.valid_at(farm.as_of):
            continue
        older = [o for o in chains.namesakes(authority) if TENANT in o.sources and _begins(o) < _begins(authority)]
        if older:
            yield Holds(
                subject=authority.subject,
                severity=Severity.CRITICAL if USER in authority.sources else None,
                title=f"{authority.subject} was renewed with a new key that the tenant does not list",
                evidence=(*authority.held[:4], *(h for o in older for h in o.held[:2])),
                remedy=(add(farm, root=authority.root),),
            )


def _begins(authority: Authority) -> str:
    return str(authority.certificates[0].not_before)


RULE = Rule(
    code="entra.authority-superseded",
    catalogue=("ENTRA-14",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "store-certificate", "chain-verdict", "given-certificate"),
    what="Servers hold a newer key of a CA of which the tenant lists only the older.",
    why="Users with certificates of the new key fail, users with older certificates do not.",
    remedy="Add the new CA certificate as an object of its own, with its own CRL URL.",
    check="Get-EntraTrustedCertificateAuthority: keep the output; compare the thumbprint with the CA's own.",
    undo="Remove-EntraTrustedCertificateAuthority of what was added.",
    source="Practice of CA renewal: name and key identify a CA to Entra",
    on_farm=check,
)
