"""A CRL URL answers with something that is no CRL."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import as_account
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_WORDS = {
    facts_pb2.BODY_KIND_EMPTY: "nothing",
    facts_pb2.BODY_KIND_PEM_CRL: "a CRL in PEM, where only DER is understood",
    facts_pb2.BODY_KIND_DER_CERTIFICATE: "a certificate",
    facts_pb2.BODY_KIND_PEM_CERTIFICATE: "a certificate",
    facts_pb2.BODY_KIND_PKCS7: "a PKCS #7 file",
    facts_pb2.BODY_KIND_OCSP_RESPONSE: "an OCSP response",
    facts_pb2.BODY_KIND_HTML: "an HTML page",
}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL URL whose answer is not a DER CRL."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.outcome == facts_pb2.RETRIEVAL_OUTCOME_BAD_BODY or (one.ok and one.value.body_kind in _WORDS):
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"{one.value.url} answers with {_WORDS.get(one.value.body_kind, 'something that is no CRL')}",
                why=RULE.why,
                remedy=(as_account(server, one.context, one.value.url),),
            )


RULE = Rule(
    code="crl.not-a-crl",
    catalogue=("CRL-25",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="The body at a CRL URL is not a DER encoded CRL, though the web server answers with success.",
    why=(
        "An error page, a proxy's login page or PEM opens in a browser and is no CRL to a chain "
        "builder: the status stays unknown."
    ),
    remedy="Publish the CRL as DER; exempt the URL from the proxy's login page.",
    check="Look at what the URL answers: a page of the proxy, of the web server, or PEM?",
    undo="Put back the former file, of which a copy was kept.",
    source="RFC 5280 4.2.1.13 (DER CRL at http URLs); Microsoft Entra, certificate revocation list documentation",
    explains=(
        "chain.revocation-offline",
        "crl.fetch-differs",
    ),
    on_server=check,
)
