"""The CRLs that the tenant names are current."""

from collections.abc import Iterator
from functools import partial

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.freshness import ended_words, over, unsure_words
from farmsight_collector.rules.commands import publish
from farmsight_collector.rules.entra.copies import Published, judged
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for URLs of which every copy that came has passed its next update."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, one: Published) -> Iterator[Verdict]:
    ended = [over(copy.value, farm.as_of) for copy in one.copies]
    if False in ended:
        return
    if not all(ended):
        unsure = next(copy for copy, gone in zip(one.copies, ended, strict=True) if gone is None)
        yield one.doubt(unsure_words(unsure.value))
        return
    kind = "delta CRL" if one.delta else "CRL"
    yield Holds(
        subject=one.url,
        title=f"The {kind} that the tenant names for {one.subject} {ended_words(one.copies[0].value)}: {one.url}",
        evidence=(one.authority, *(copy.held for copy in one.copies[:6])),
        remedy=(publish(one.url, delta=one.delta),),
        severity=Severity.ERROR if one.delta else None,
        catalogue=("ENTRA-12",) if one.delta else ("ENTRA-10",),
    )


RULE = Rule(
    code="entra.crl-expired",
    catalogue=("ENTRA-10", "ENTRA-12"),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "vantage"}),
    reads=("entra-authority", "retrieval"),
    what="The CRL at a URL of the tenant has passed its next update.",
    why="Entra takes an expired CRL for none: certificates of this CA are refused when tokens are renewed.",
    remedy="Publish a new CRL on the CA and copy it to the URL.",
    check="certutil -dump of the CRL at the URL, and of that in the CA's CertEnroll folder: was it not copied?",
    undo="Put back the former CRL file, of which a copy was kept.",
    source="Microsoft Entra, certificate revocation list documentation",
    on_farm=check,
)
