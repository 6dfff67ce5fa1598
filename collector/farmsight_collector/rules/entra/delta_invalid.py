"""What stands at a delta URL of the tenant is a delta of the base beside it."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki import told
from farmsight_collector.pki.crl_numbers import crl_number
from farmsight_collector.rules.commands import publish
from farmsight_collector.rules.entra.copies import Copy, Published, judged, published
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for a delta indicator in what comes from each delta URL, and at the base that it names."""
    bases = {one.authority.key: one for one in published(farm) if not one.delta}
    yield from judged(farm, lambda one: _judge(one, bases.get(one.authority.key)))


def _judge(one: Published, base: Published | None) -> Iterator[Verdict]:
    for copy in one.copies if one.delta else ():
        if told.by_tool(copy.value):
            yield one.doubt("the tool's output does not show whether it is a delta")
            return
        wrong = _wrong(copy, base)
        if wrong:
            yield Holds(
                subject=one.url,
                title=f"The CRL at the tenant's delta URL {one.url} {wrong}",
                evidence=(one.authority, copy.held, *(c.held for c in (base.copies[:2] if base else ()))),
                remedy=(publish(one.url, delta=True),),
            )
            return


def _wrong(copy: Copy, base: Published | None) -> str:
    needed = crl_number(copy.value.crl.delta_base_number)
    if needed is None:
        return "is no delta: it has no delta indicator"
    served = [n for c in (base.copies if base else ()) if (n := crl_number(c.value.crl.number)) is not None]
    return f"belongs to base {needed:x}, and {max(served):x} is served" if served and needed > max(served) else ""


RULE = Rule(
    code="entra.delta-invalid",
    catalogue=("ENTRA-12",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("entra-authority", "retrieval"),
    what="The CRL at a delta URL of the tenant is no delta, or belongs to a later base than is served.",
    why="Entra refuses the pair (AADSTS500177), and with it the certificates of this CA.",
    remedy="Publish base and delta together, each under its own URL; or clear the delta URL on the CA object.",
    check="certutil -dump of both: the delta indicator (2.5.29.27) and the number of the base.",
    undo="Put back the former pair of files, of which a copy was kept.",
    source="RFC 5280 5.2.4; Microsoft Entra, certificate revocation list documentation",
    on_farm=check,
)
