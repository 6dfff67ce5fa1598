"""Each server that validates the certificate builds its chain, and learns that nothing in it is revoked.

TLS ends at the proxy, whose system account validates; the proxy's service
runs as NETWORK SERVICE. AD FS validates again as its service account
(Microsoft KB 4032987, AD FS and WAP configuration, step 3), and its system
account does where TLS ends at AD FS.
"""

from dataclasses import replace
from functools import partial
from typing import Final

from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.verdict import Verdict, together
from farmsight_collector.model.view import Held, Server, UnknownFactError
from farmsight_collector.pki.paths.judgement import Judgement, Reason
from farmsight_collector.rules.engine import Finding
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.hops import own_word
from farmsight_collector.signin.hops.tls import serving_any
from farmsight_collector.signin.said import Said, fails, passes, unknown
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.ways import Way

REVOCATION: Final = frozenset({"revoked", "revocation-offline", "revocation-unknown", "no-revocation-source"})
_VERBS: Final = {
    (False, Verdict.FAILS): "cannot build the chain: ",
    (False, Verdict.UNKNOWN): "may not build the chain: ",
    (True, Verdict.FAILS): "fails the revocation check: ",
    (True, Verdict.UNKNOWN): "may fail the revocation check: ",
}


def builds(context: str, scene: Scene, way: Way) -> Said:
    """Judge the chain without its revocation."""
    judgement = scene.judgement(_server(way, context), context)
    reasons = [one for one in judgement.reasons if one.code not in REVOCATION]
    if reasons or not judgement.chains or not judgement.chains[0].anchored:
        said = _by(judgement, reasons, revocation=False)
        return _or(said, own_word.of_chain(_server(way, context), context, scene.leaf))
    top = judgement.chains[0].steps[-1].certificate.subject
    return Said(verdict=Verdict.PASSES, why=f"builds the chain to {top}", judgement=judgement)


def learns(context: str, scene: Scene, way: Way) -> Said:
    """Judge the revocation of the chain; where the binding does not ask for it, nothing is looked up."""
    server = _server(way, context)
    off = _unchecked(scene, server)
    if off is not None and context == "system":
        return passes(f"does not check revocation: {off.key} leaves it out (CRL-29)", off)
    said = _looked_up(context, scene, server)
    if off is None or said.verdict is not Verdict.FAILS or scene.leaf.crl_urls or scene.leaf.ocsp_urls:
        return said
    # A CA that publishes nothing, and bindings that therefore do not check: no document says that a service then does.
    why = f"{said.why}; {off.key} leaves the check out (CRL-29), and whether the service checks by itself is not known"
    return replace(said, verdict=Verdict.UNKNOWN, why=why, evidence=(*said.evidence, off))


def _looked_up(context: str, scene: Scene, server: Server) -> Said:
    judgement = scene.judgement(server, context)
    said = _learned(judgement)
    revoked = _revoked_ca(scene, server, judgement) if said.verdict is not Verdict.FAILS else None
    if revoked is not None:
        text = f"fails the revocation check: {revoked.title}"
        return replace(fails(text, *revoked.evidence, entries=("CRL-34",)), judgement=judgement)
    return _or(said, own_word.of_revocation(server, context, scene.leaf))


def _revoked_ca(scene: Scene, server: Server, judgement: Judgement) -> Finding | None:
    """Return the finding that a CA of the chain is revoked: its agent may tell so of a CRL whose bytes are not here."""
    steps = judgement.chains[0].steps[1:] if judgement.chains else ()
    subjects = {step.certificate.subject for step in steps}
    found = (one for one in scene.findings(("crl.ca-revoked",)) if server.name in one.servers)
    return next((one for one in found if one.subject in subjects), None)


def _learned(judgement: Judgement) -> Said:
    reasons = [one for one in judgement.reasons if one.code in REVOCATION]
    others = [one for one in judgement.reasons if one.code not in REVOCATION]
    if others and not any(one.verdict is Verdict.FAILS for one in reasons):
        return replace(unknown(f"can't be told: {others[0].why}"), judgement=judgement)
    if reasons or judgement.verdict is not Verdict.PASSES:
        return _by(judgement, reasons, revocation=True)
    return Said(verdict=Verdict.PASSES, why="learns that nothing in the chain is revoked", judgement=judgement)


def _or(said: Said, own: Said | None) -> Said:
    """Let the server's own engine decide where nothing else does: it looked, as this account, when it was captured."""
    if said.verdict is not Verdict.UNKNOWN or own is None:
        return said
    return replace(own, judgement=said.judgement)


def _by(judgement: Judgement, reasons: list[Reason], *, revocation: bool) -> Said:
    verdict = together(one.verdict for one in reasons) if reasons else judgement.verdict
    if verdict is Verdict.PASSES:  # nothing is wrong with a chain that ends in no trusted root
        verdict = Verdict.UNKNOWN
    deciding = [one for one in reasons if one.verdict is verdict]
    why = "; ".join(dict.fromkeys(one.why for one in deciding[:2])) or judgement.why
    return Said(
        verdict=verdict,
        why=_VERBS[revocation, verdict] + why,
        catalogue=tuple(dict.fromkeys(entry for one in deciding for entry in one.catalogue)),
        evidence=_evidence(judgement, deciding),
        judgement=judgement,
    )


def _evidence(judgement: Judgement, reasons: list[Reason]) -> tuple[Held, ...]:
    found = [held for one in reasons for held in one.evidence] or list(judgement.evidence)
    return tuple({id(held): held for held in found}.values())


def _unchecked(scene: Scene, server: Server) -> Held | None:
    """Return the binding for users' certificates where it is known not to check their revocation."""
    try:
        binding = serving_any(server, *server_endpoint(scene.farm, server))
    except UnknownFactError:
        return None
    if binding is None or not binding.value.HasField("verify_client_revocation"):
        return None
    return None if binding.value.verify_client_revocation else binding


def _server(way: Way, context: str) -> Server:
    """Return who validates: the proxy as long as its own accounts are asked."""
    of_node = context == "adfs-service" or not way.proxy_ends_tls
    server = way.node if of_node else way.proxy
    assert server is not None  # the walk asks only where there is one
    return server


def _at_wap(way: Way) -> bool:
    return way.proxy is not None and way.proxy.role == "wap"


def _at_other_proxy(way: Way) -> bool:
    return way.proxy is not None and way.proxy_ends_tls and way.proxy.role != "wap"


def _at_node(way: Way) -> bool:
    return not way.proxy_ends_tls


_LEARN_CHAIN: Final = (
    "run an agent on the server, or export its ROOT, CA and DISALLOWED stores (certutil -store, or .p7b files)"
)
_LEARN_CRL: Final = (
    "run an agent on the server, or capture certutil -verify -urlfetch of the certificate under this account"
)

# Schannel refuses every client certificate where ROOT holds one that is no root (Microsoft KB 2802568).
_SCHANNEL: Final = ("store.non-root-in-root",)
_ACCOUNTS: Final = (("system", _at_wap), ("network-service", _at_wap), ("proxy-service", _at_other_proxy))

OF_PROXIES: Final = (
    *(
        Asked(hop="wap-chain", place=Place.PROXY, look=partial(builds, context), context=context, applies=applies,
              learn=_LEARN_CHAIN, proofs=_SCHANNEL if context == "system" else ())
        for context, applies in _ACCOUNTS
    ),
    *(
        Asked(hop="wap-revocation", place=Place.PROXY, look=partial(learns, context), context=context, applies=applies,
              learn=_LEARN_CRL)
        for context, applies in _ACCOUNTS
    ),
)  # fmt: skip
OF_NODES: Final = (
    Asked(hop="adfs-chain", place=Place.NODE, look=partial(builds, "system"), context="system", applies=_at_node,
          learn=_LEARN_CHAIN, proofs=_SCHANNEL),
    Asked(hop="adfs-chain", place=Place.NODE, look=partial(builds, "adfs-service"), context="adfs-service",
          learn=_LEARN_CHAIN),
    Asked(hop="adfs-revocation", place=Place.NODE, look=partial(learns, "system"), context="system", applies=_at_node,
          learn=_LEARN_CRL),
    Asked(hop="adfs-revocation", place=Place.NODE, look=partial(learns, "adfs-service"), context="adfs-service",
          learn=_LEARN_CRL),
)  # fmt: skip
