"""A server's own chain engine could not learn whether a certificate is revoked."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.revocation import checks
from farmsight_collector.pki.verdicts import Said
from farmsight_collector.rules.chain.said import capped, heard, name_of, validates, words
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import unreachable_entries
from farmsight_wire.v1 import facts_pb2

_BITS: Final = verdicts.REVOCATION_STATUS_UNKNOWN | verdicts.OFFLINE_REVOCATION
ERRORS: Final = frozenset({"0x80092013", verdicts.NO_SOURCE, "0x800b010e"})


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each verdict whose revocation check did not come to an answer."""
    for one in heard(server):
        if isinstance(one, CannotTell):
            yield one
            continue
        if one.errors & _BITS or one.value.revocation_error in ERRORS:
            yield _holds(farm, one)


def _holds(farm: Farm, one: Said) -> Holds:
    concerned = next(iter(one.with_error(_BITS)), one.leaf)
    code = one.value.revocation_error
    weighs = validates(one) and (one.context != "system" or checks(one.server))
    full = RULE.severity if weighs else Severity.WARNING
    if not checks(one.server) and _without_source(one):
        full = Severity.INFO
    return Holds(
        subject=name_of(concerned),
        servers=(one.server.name,),
        contexts=one.contexts,
        title=f"Whether {name_of(concerned)} is revoked could not be checked{f' ({code})' if code else ''}",
        evidence=(one.held,),
        remedy=(powershell(one.server.name, "certutil -verify -urlfetch CERTIFICATE.cer  # as the same account"),),
        severity=capped(farm, one, full),
        why=RULE.why + words(one),
        catalogue=("CRL-15",) if code == verdicts.NO_SOURCE else unreachable_entries(*one.contexts),
    )


def _without_source(one: Said) -> bool:
    """Tell whether the certificate names no source: where the bindings leave the check out too, that is on purpose."""
    if one.value.revocation_error == verdicts.NO_SOURCE:
        return True
    wanted = {element.sha1 for element in one.with_error(_BITS)} or {one.leaf.sha1}
    rows = one.server.ask("retrieval", context=one.context).facts
    purposes = (facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_OCSP)
    return bool(rows) and not any(row.value.purpose in purposes and wanted & set(row.value.named_by) for row in rows)


RULE = Rule(
    code="chain.revocation-offline",
    catalogue=("CRL-01", "CRL-02", "CRL-03", "CRL-15"),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("chain-verdict", "retrieval", "tls-binding"),
    what="A server's own check of a certificate's revocation status came to no answer (0x80092013).",
    why="A status that is unknown counts as revoked where revocation is checked: the certificate is refused.",
    remedy="Mend what keeps this account from the CRL: the findings on CRLs of the same server say what it is.",
    check="Run it as the account that failed: the caller's own answer may differ.",
    source="wincrypt.h, CERT_TRUST_IS_OFFLINE_REVOCATION (0x01000000); certutil -verify -urlfetch",
    on_server=check,
)
