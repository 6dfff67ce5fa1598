"""A CRL is fetched that the CA in question did not sign."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import told
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.rules.commands import right_crl
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_WORDS = {
    facts_pb2.SIGNATURE_CHECK_FAILED: "its signature does not verify with the key of the CA",
    facts_pb2.SIGNATURE_CHECK_WRONG_ISSUER: "it is made out by another CA",
}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL whose issuer or signature is not that of the CA whose certificates name the URL."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
        elif one.ok and (how := _wrong(one.value)):
            signer = user_chains(farm).by_sha1.get(one.value.expected_issuer_sha1)
            expected = f" (expected {signer.subject}, found {one.value.crl.issuer})" if signer else ""
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"The CRL at {one.value.url} is the wrong one: {how}{expected}",
                why=RULE.why,
                remedy=(right_crl(one.value.url),),
            )


def _wrong(retrieval: facts_pb2.Retrieval) -> str:
    if told.word(retrieval) == told.OTHER_POINT:
        return "it is made out for another distribution point"
    return _WORDS.get(retrieval.signature, "")


RULE = Rule(
    code="crl.wrong-issuer",
    catalogue=("CRL-18",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="The CRL at a URL is not signed by the CA that issued the certificates which name the URL.",
    why="A CRL of another issuer or key is not used: the status stays unknown, though the URL answers well.",
    remedy="Publish each CRL under its own name: one for each key of the CA (CRLNameSuffix).",
    check="certutil -dump of the CRL: its issuer and key identifier, beside those of the CA.",
    undo="Put back the former file, of which a copy was kept.",
    source="RFC 5280 6.3.3 (f) and (g); Microsoft Entra, certificate revocation list documentation",
    explains=("chain.revocation-offline", "entra.crl-wrong-issuer"),
    on_server=check,
)
