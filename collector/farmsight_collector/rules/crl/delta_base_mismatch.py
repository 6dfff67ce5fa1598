"""A delta CRL builds on a base CRL that is newer than the one that is served."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki import told
from farmsight_collector.pki.crl_numbers import crl_number
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.rules.commands import publish
from farmsight_collector.rules.crl.mirrors_differ import number_of
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each delta whose base number is higher than the number of every base CRL that names it here."""
    known: dict[str, dict[str, list[Held]]] = {}
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        if told.word(one.value) == told.OLD_BASE:
            yield _told(one)
            continue
        needed = crl_number(one.value.crl.delta_base_number) if one.ok else None
        if one.context not in known:
            known[one.context] = _bases(server, one.context)
        bases = known[one.context].get(one.value.url, [])
        newest = max((number_of(held.value) or 0 for held in bases), default=None)
        if needed is not None and newest is not None and needed > newest:
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"The delta CRL {one.value.url} builds on base number {needed}; the base served is {newest}",
                why=RULE.why,
                evidence=tuple(bases),
                remedy=(publish(one.value.url),),
            )


def _told(one: Fetched) -> Verdict:
    return of_fetch(
        one,
        full=RULE.severity,
        title=f"The delta CRL {one.value.url} builds on a newer base than the one served, as the platform says",
        why=RULE.why,
        remedy=(publish(one.value.url),),
    )


def _bases(server: Server, context: str) -> dict[str, list[Held]]:
    """Return the base CRLs with a number that name each delta."""
    bases: dict[str, list[Held]] = {}
    for held in server.ask("retrieval", context=context).facts:
        for delta in dict.fromkeys(held.value.crl.freshest_urls):
            if number_of(held.value) is not None:
                bases.setdefault(delta, []).append(held)
    return bases


RULE = Rule(
    code="crl.delta-base-mismatch",
    catalogue=("CRL-10",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="The base CRL number in a delta's indicator is higher than the number of the base CRL that is served.",
    why=(
        "Such a delta can't be combined with the base and counts as missing; mostly the base was not "
        "copied to the web server."
    ),
    remedy="Publish a new base CRL and copy base and delta together.",
    check="certutil -dump of both files: number of the base, and the base that the delta names.",
    undo="Put back the former pair of files, of which a copy was kept.",
    source="RFC 5280 5.2.4 (BaseCRLNumber); Microsoft Entra, certificate revocation list documentation",
    explains=(
        "entra.delta-invalid",
        "chain.revocation-offline",
    ),
    on_server=check,
)
