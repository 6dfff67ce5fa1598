"""A CRL is fetched, and is over."""

from collections.abc import Iterator
from dataclasses import replace

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.freshness import ended_words, over
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.rules.commands import on_windows, powershell, publish
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Remedy, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, not_tried, of_fetch, undated
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each base CRL whose next update has passed."""
    yield from not_tried(farm, server)
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL):
        if isinstance(one, CannotTell):
            yield one
        elif one.ok and not _told_already(one) and (ended := over(one.value, farm.as_of)) is not False:
            if ended is None:
                yield undated(one)
                continue
            root = _of_root(farm, one)
            whose = "root CA's CRL" if root else "CRL"
            verdict = of_fetch(
                one,
                full=RULE.severity,
                title=f"The {whose} at {one.value.url} {ended_words(one.value)}",
                why=RULE.why,
                evidence=one.twins[:3],
                remedy=_remedy(server, one),
            )
            yield replace(verdict, catalogue=("CRL-06",) if root else ("CRL-04",))


def _told_already(one: Fetched) -> bool:
    """Tell whether the directory gave the very CRL that http gave too: to mend it at its CA mends both."""
    crl = one.value.crl
    if not one.value.url.lower().startswith("ldap") or not crl.number:
        return False
    http = (twin.value for twin in one.twins if twin.value.url.lower().startswith("http"))
    same = (v.crl for v in http if v.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK)
    return any(other.number == crl.number and other.next_update == crl.next_update for other in same)


_LOOK = "certutil -urlcache CRL  # as this account"


def _of_root(farm: Farm, one: Fetched) -> bool:
    chains = user_chains(farm)
    signer = chains.by_sha1.get(one.value.expected_issuer_sha1)
    if signer is not None:
        return signer.root
    above = [parent for authority in one.authorities for parent in chains.parents(authority)]
    return bool(above) and all(parent.root for parent in above)


def _remedy(server: Server, one: Fetched) -> tuple[Remedy, ...]:
    clear = "certutil -urlcache * delete  # as this account, once the new CRL is published"
    return (
        publish(one.value.url, issuer=one.value.crl.issuer),
        *((powershell(server.name, clear, check=(_LOOK,)),) if on_windows(server) else ()),
    )


RULE = Rule(
    code="crl.expired",
    catalogue=("CRL-04", "CRL-06"),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what=(
        "The CRL at a URL of a users' chain has passed its next update; a root's CRL counts, since it "
        "vouches for the CAs below."
    ),
    why="An expired CRL counts as none (0x80092013): every certificate whose status it gives is refused.",
    remedy="Publish a new CRL on the CA, copy it to the URL, and clear the servers' caches.",
    check="certutil -dump of the CRL on the web server and of that in the CA's CertEnroll: was it not copied?",
    undo="Put back the former CRL file, of which a copy was kept; caches fill themselves again.",
    source="RFC 5280 5.1.2.5; Microsoft Japan support on AD FS certificate authentication",
    explains=("chain.revocation-offline", "entra.crl-expired"),
    on_server=check,
)
