"""A CRL can't be fetched under an account that validates certificates, and nothing replaces it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.outcomes import NOT_FETCHED, words
from farmsight_collector.pki.revocation import cached_copy
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each base CRL that was not fetched while no other source serves the same certificates."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.outcome in NOT_FETCHED and not one.alternative:
            verdict = of_fetch(
                one,
                full=RULE.severity,
                title=f"{one.value.url} can't be fetched: {words(one.value)}",
                why=RULE.why,
                remedy=(as_account(server.name, one.context, one.value.url),),
            )
            cached = cached_copy(farm, one)
            if cached is not None:
                until = cached.value.crl.next_update.ToDatetime(tzinfo=UTC)
                verdict = replace(
                    verdict,
                    severity=min(verdict.severity or RULE.severity, Severity.ERROR),
                    evidence=(*verdict.evidence, cached),
                    why=f"{verdict.why} A cached copy still serves {one.context} until {until:%Y-%m-%d %H:%M} UTC.",
                )
            yield verdict


RULE = Rule(
    code="crl.unreachable",
    catalogue=("CRL-01", "CRL-02", "CRL-03", "CRL-23"),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("retrieval", "url-cache", "store-certificate", "entra-authority"),
    what="No URL that serves a certificate's revocation status could be fetched, under an account that needs it.",
    why=(
        "Without a CRL the status is unknown and the chain is refused (0x80092013): the user picks a "
        "certificate and gets an error."
    ),
    remedy=(
        "Fetch the URL as that account; open firewall and proxy for that identity (computer account, service account)."
    ),
    source="Microsoft KB 4032987, section on CRL endpoints; AD FS user certificate documentation",
    explains=("crl.fetch-differs", "crl.ocsp-failing"),
    on_server=check,
)
