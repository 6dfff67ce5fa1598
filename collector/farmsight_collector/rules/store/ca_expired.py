"""A CA certificate of the users' chains has expired, and no successor is known."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Authority, Standing, UserChains, user_chains
from farmsight_collector.pki.naming import TENANT, USER, VERIFIED
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import ca_unseen
from farmsight_collector.rules.weight import standing_words, weighed

_NEEDED = frozenset({TENANT, USER, VERIFIED, "ClientAuthIssuer"})  # who names a CA for what it issues now


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each CA of which all certificates have expired; how bad depends on what still needs it."""
    chains = user_chains(farm)
    yield from ca_unseen(farm)
    for authority in chains.authorities:
        ended = [known.ended(farm.as_of) for known in authority.certificates]
        if False in ended:
            continue
        if None in ended:
            if any(known.not_after is not None for known in authority.certificates):
                yield CannotTell(subject=authority.subject, reason=_near(authority), probe="certificate-stores")
            continue
        severity = _severity(farm, chains, authority)
        yield Holds(
            subject=authority.subject,
            servers=tuple({held.server for held in authority.held}),
            title=f"{authority.subject} {_when(authority)}",
            evidence=authority.held[:6],
            remedy=(
                told(
                    "",
                    f"On the CA {authority.subject}: certutil -renewCert ReuseKeys, then publish the new certificate",
                ),
                told(
                    "the CA",
                    "Add it to Root or CA on every AD FS server and proxy, to NTAuth, and to the tenant's list",
                ),
            ),
            severity=severity,
            why=RULE.why + standing_words(authority.standing)
            if severity > Severity.INFO
            else "No valid chain needs it.",
        )


def _when(authority: Authority) -> str:
    ends = [known.not_after for known in authority.certificates if known.not_after is not None]
    return f"expired on {max(ends):%Y-%m-%d}" if ends else "is not within its validity, by the word of a chain engine"


def _near(authority: Authority) -> str:
    ends = max(known.not_after for known in authority.certificates if known.not_after is not None)
    return f"it ends about {ends:%Y-%m-%d}, in a time zone that the listing does not show"


def _severity(farm: Farm, chains: UserChains, authority: Authority) -> Severity:
    if any(child.valid_at(farm.as_of) for child in chains.children(authority)):
        return weighed(RULE.severity, authority.standing)
    succeeded = any(one.valid_at(farm.as_of) for one in chains.namesakes(authority))
    if succeeded or authority.standing is Standing.HELD or not _NEEDED & {*authority.sources}:
        alone = authority.standing is Standing.UNDECIDED and not any(
            one.valid_at(farm.as_of) for one in chains.authorities if not one.root
        )
        return Severity.ERROR if alone else Severity.INFO
    return RULE.severity


RULE = Rule(
    code="store.ca-expired",
    catalogue=("STORE-06",),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what="Every certificate of a CA that users' chains go through has expired.",
    why="No chain through this CA is valid any more (0x800B0101): all certificates below it are refused.",
    remedy="Renew the CA, and distribute the new certificate to the stores, NTAuth and the tenant's list.",
    check="certutil -dump CA.cer: was the CA renewed already, and the new certificate only not distributed?",
    undo="The old certificate stays as it is; a new one is taken out of the stores by its thumbprint.",
    source="RFC 5280 6.1.3 (a)(2); Microsoft KB 4032987, certutil -verifystore",
    explains=("entra.authority-expired", "chain.server-refuses", "chain.revocation-offline"),
    on_farm=check,
)
