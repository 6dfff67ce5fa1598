"""Traces as the walk along the sign-in path would return them, of farms of any size.

told = trace(pairs(["WAP01", "WAP02"], ["STS01"], broken={"WAP02"}))
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta

from farmsight_collector.model.verdict import Verdict, together
from farmsight_collector.pki import certificates
from farmsight_collector.pki.paths.judgement import Chain, Covering, Judgement, Reason, Step
from farmsight_collector.signin.trace import EXTRANET, INTRANET, Hop, Path, Trace
from tests.fakes.farms import NOW
from tests.fakes.pki import CLIENT_AUTH, ISSUING, ISSUING_URL, ROOT, make

ADA = make("Ada Lovelace", ISSUING, ca=None, usages=(CLIENT_AUTH,), crls=(ISSUING_URL,))
LEAF = certificates.parse(ADA.der)
PASSES, FAILS, UNKNOWN = Verdict.PASSES, Verdict.FAILS, Verdict.UNKNOWN


def hop(name: str, server: str = "", verdict: Verdict = PASSES, why: str = "it is so", **fields: object) -> Hop:
    """Return one hop."""
    return Hop(hop=name, server=server, verdict=verdict, why=why, **fields)  # type: ignore[arg-type]


def judged(server: str, *, whole: bool) -> Judgement:
    """Return the judgement of Ada's chain: whole, or without its issuing CA."""
    missing = Reason(
        verdict=FAILS,
        code="issuer-missing",
        subject=ISSUING.subject,
        why=f"{ISSUING.subject} is in no store of {server}",
        catalogue=("STORE-03",),
    )
    fetched = Covering(url=ISSUING_URL, source="fetched", usable=PASSES, why="number 12", until=NOW + timedelta(days=3))
    leaf = Step(certificate=_parsed(ADA.der), found_in=("presented",), coverings=(fetched,))
    above = (
        Step(certificate=_parsed(ISSUING.der), found_in=("CA",)),
        Step(certificate=_parsed(ROOT.der), found_in=("ROOT",)),
    )
    verdict = PASSES if whole else FAILS
    reasons = () if whole else (missing,)
    chain = Chain(steps=(leaf, *(above if whole else ())), anchored=whole, verdict=verdict, reasons=reasons)
    return Judgement(
        verdict=verdict,
        why="it ends in a trusted root" if whole else missing.why,
        chains=(chain,),
        reasons=reasons,
        holds_until=NOW + timedelta(days=3) if whole else None,
    )


def chain_hop(server: str, *, whole: bool = True) -> Hop:
    """Return the hop at which a proxy builds the chain."""
    made = judged(server, whole=whole)
    if whole:
        return hop("wap-chain", server, why=f"{server} builds it", context="system", judgement=made)
    return hop(
        "wap-chain",
        server,
        FAILS,
        f"{ISSUING.subject} is in no store of {server}",
        context="system",
        catalogue=("STORE-03",),
        codes=("store.issuing-ca-missing",),
        user_sees="no certificate is asked for, or the page does not open",
        administrator_sees="Schannel event 36887 on the proxy",
        judgement=made,
    )


def pairs(
    waps: Sequence[str],
    nodes: Sequence[str],
    *,
    broken: Collection[str] = (),
    untold: Collection[str] = (),
) -> Iterator[Path]:
    """Yield the paths of a farm: `broken` proxies lack the issuing CA, of `untold` nodes not all is known."""
    first = hop("domain-federated", why="contoso.com is federated with sts.contoso.com")
    beside = hop("prompt-login", verdict=UNKNOWN, why="nobody looked", matters=False)
    by_wap = {wap: chain_hop(wap, whole=wap not in broken) for wap in waps}
    by_node = {node: _listens(node, told=node not in untold) for node in nodes}
    for wap in waps:
        for node in nodes:
            yield path(EXTRANET, (wap, node), (first, beside, by_wap[wap], by_node[node]))
    for node in nodes:
        yield path(INTRANET, (node,), (first, beside, by_node[node]))


def path(kind: str, via: Iterable[str], hops: Sequence[Hop]) -> Path:
    """Return one path with the verdict that its hops come to."""
    verdict = together(one.verdict for one in hops if one.matters)
    return Path(path=kind, via=tuple(via), verdict=verdict, hops=tuple(hops))


def trace(paths: Iterable[Path], answer: str = "", notes: tuple[str, ...] = ()) -> Trace:
    """Return a trace of Ada's certificate."""
    held = tuple(paths)
    verdict = together(one.verdict for one in held)
    return Trace(
        farm="sts.contoso.com",
        as_of=NOW,
        certificate=ADA.sha1,
        subject=ADA.subject,
        verdict=verdict,
        answer=answer or f"it {verdict.value}",
        paths=held,
        notes=notes,
    )


def _listens(node: str, *, told: bool) -> Hop:
    if told:
        return hop("adfs-listens", node, why=f"{node} listens on 49443")
    return hop("adfs-listens", node, UNKNOWN, f"{node}: listeners: timed out", context=None)


def _parsed(der: bytes) -> certificates.Certificate:
    found = certificates.parse(der)
    assert isinstance(found, certificates.Certificate)
    return found
