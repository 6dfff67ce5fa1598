"""A server's own verdict on a chain does not fit what else is known of the server."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.pki.verdicts import Said
from farmsight_collector.rules.chain.said import heard, name_of
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.crl.unreachable import without_source
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2

_NO_ANCHOR = verdicts.UNTRUSTED_ROOT | verdicts.PARTIAL_CHAIN


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each verdict that the server's own stores, or its own fetches, speak against."""
    if server.contexts(verdicts.PROBE):
        for store in ("ROOT", "AUTHROOT", "CA"):
            yield from unseen((server,), "store-certificate", part=store, named=True)
        yield from unseen((server,), "retrieval", named=True)
    for one in heard(server):
        if isinstance(one, CannotTell):
            yield one
            continue
        if one.value.elements and one.leaf.sha1 not in verdicts.of_servers(farm):
            yield from _trust(farm, one)
            yield from _revocation(farm, one)


def _trust(farm: Farm, one: Said) -> Iterator[Holds]:
    roots = inventory(farm).thumbprints(one.server, "ROOT", "AUTHROOT")
    here = inventory(farm).thumbprints(one.server, "CA", "ROOT")
    top = one.value.elements[-1].certificate
    if one.value.machine_engine != facts_pb2.TRISTATE_YES or not top.sha1:
        return
    if roots is not None and not one.errors & _NO_ANCHOR and top.sha1 not in roots:
        yield _holds(one, top, "is trusted as a root by the chain engine, and is not in ROOT", (), "STORE-01")
    if roots is not None and one.errors & verdicts.UNTRUSTED_ROOT and top.sha1 in roots:
        held = inventory(farm).holding(one.server, "ROOT", {top.sha1})
        yield _holds(one, top, "is in ROOT, and the chain engine does not trust it", held, "STORE-10")
    issuers = {parent for child, parent in verdicts.links(farm) if child == top.sha1}
    if here is not None and one.errors & verdicts.PARTIAL_CHAIN and issuers & here:
        held = (
            *inventory(farm).holding(one.server, "CA", issuers),
            *inventory(farm).holding(one.server, "ROOT", issuers),
        )
        yield _holds(one, held[0].value.certificate, "is here, and the chain engine does not find it", held, "STORE-03")


def _revocation(farm: Farm, one: Said) -> Iterator[Holds]:
    for dead in without_source(farm, one.server):
        if dead.context == one.context and verdicts.passed(one, dead.value.named_by):
            what = f"passes the revocation check, though nothing can be fetched from {dead.value.url}"
            yield _holds(one, one.leaf, what, (dead.held,), "CRL-23", severity=Severity.INFO)


def _holds(
    one: Said,
    about: facts_pb2.CertificateSummary,
    what: str,
    evidence: tuple[Held, ...],
    entry: str,
    severity: Severity | None = None,
) -> Holds:
    return Holds(
        subject=name_of(about),
        servers=(one.server.name,),
        contexts=one.contexts,
        title=f"{name_of(about)} {what}",
        evidence=(one.held, *evidence),
        remedy=(
            powershell(
                one.server.name,
                "certutil -urlcache CRL  # as the same account: what the cache still holds",
                "certutil -verifystore Root",
            ),
        ),
        severity=severity,
        catalogue=(entry,),
    )


RULE = Rule(
    code="chain.verdicts-differ",
    catalogue=("CRL-23", "STORE-01", "STORE-03", "STORE-10"),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("chain-verdict", "store-certificate", "retrieval"),
    what="A server's own verdict on a chain contradicts its stores, or passes without a CRL that can be fetched.",
    why=(
        "A cache hides a fault until its copy ends, or the two were captured at different times: Group Policy "
        "deletes and writes its roots anew at each refresh."
    ),
    remedy="Capture stores and verdict again, one after the other; look at what the account's URL cache holds.",
    check="Were stores and verdict captured at the same time?",
    source="win32 SecCrypto on the URL cache; Microsoft KB 4560600 on roots by Group Policy",
    on_server=check,
)
