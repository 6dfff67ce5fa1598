"""What it means that one server's store holds a certificate and another's does not.

A certificate that a user's chain needs is missing where it lacks; one that none
needs is a difference and no more. Where it came from tells why it is there and
not here: policies and the directory reach members of the domain alone.
"""

from collections.abc import Sequence
from typing import Final

from farmsight_collector.correlate.alike import Line
from farmsight_collector.correlate.cells import ABSENT, PRESENT, Cell, have
from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.view import Farm, Server, UnknownFactError
from farmsight_collector.model.words import names
from farmsight_collector.pki.authority import Authority
from farmsight_collector.pki.chains import SHIPPED_WITH_WINDOWS, user_chains
from farmsight_collector.pki.gaps import Gap, gaps
from farmsight_collector.rules.rule import Severity
from farmsight_collector.rules.weight import weighed
from farmsight_wire.v1 import facts_pb2

_TRUST: Final = frozenset({"ROOT", "CA", "DISALLOWED"})
_GIVEN: Final = {
    facts_pb2.STORE_ORIGIN_GROUP_POLICY: "Group Policy gives it to {}",
    facts_pb2.STORE_ORIGIN_ENTERPRISE: "the directory gives it to {}",
    facts_pb2.STORE_ORIGIN_REGISTRY: "{} had it put there by hand",
    facts_pb2.STORE_ORIGIN_THIRD_PARTY: "the root programme gives it to {}",
}
_BY_DOMAIN: Final = frozenset({facts_pb2.STORE_ORIGIN_GROUP_POLICY, facts_pb2.STORE_ORIGIN_ENTERPRISE})


def stored_differently(farm: Farm, line: Line, known: Sequence[Cell]) -> tuple[Severity | None, str]:
    """Return how bad it is that not all of these servers hold the certificate alike, and why it is so."""
    present = [cell for cell in known if cell.state == PRESENT and cell.held is not None]
    lacking = [cell for cell in known if cell.state == ABSENT]
    if not present or present[0].held is None:
        return None, ""
    store, sha1 = present[0].held.value.store, str(present[0].held.value.certificate.sha1)
    severity, said = _weight(farm, line, store, sha1, present, lacking)
    return severity, "; ".join(filter(None, (said, _origin(farm, store, sha1, lacking))))


def _weight(
    farm: Farm, line: Line, store: str, sha1: str, present: Sequence[Cell], lacking: Sequence[Cell]
) -> tuple[Severity, str]:
    without = [cell.server.name for cell in lacking]
    verb = have(without, "lacks it", "lack it")
    if not lacking:
        return Severity.INFO, "all hold it, from other origins"
    if store.upper() not in _TRUST:
        return line.severity, f"{names(without)} {verb}: {line.why}"
    authority = user_chains(farm).by_sha1.get(sha1)
    if authority is None:
        shipped = "Windows ships it" if sha1 in SHIPPED_WITH_WINDOWS else "no user's chain is known to need it"
        return Severity.INFO, f"{names(without)} {verb}; {shipped}"
    if store.upper() == "DISALLOWED":
        refusing = [cell.server.name for cell in present]
        return weighed(
            line.severity, authority.standing
        ), f"{names(refusing)} {have(refusing, 'refuses', 'refuse')} its users"
    return _needed(farm, line, authority, lacking)


def _needed(farm: Farm, line: Line, authority: Authority, lacking: Sequence[Cell]) -> tuple[Severity, str]:
    missing = [cell.server.name for cell in lacking if authority.id in _missing(farm).get(cell.server.name, ())]
    without = [cell.server.name for cell in lacking]
    verb = have(without, "lacks it", "lack it")
    if missing:
        need = f"{names(missing)} {have(missing, 'lacks', 'lack')} it, and users' chains need it there"
        return weighed(line.severity, authority.standing), need
    if any(name not in _missing(farm) for name in without):
        return Severity.WARNING, f"{names(without)} {verb}; whether anything else serves there is not known"
    return Severity.INFO, f"{names(without)} {verb}, and what is there serves users' chains all the same"


@per_farm
def _missing(farm: Farm) -> dict[str, frozenset[int]]:
    """Return the CAs that users' chains need and a server lacks, for each server of which that is known."""
    found: dict[str, frozenset[int]] = {}
    for server in farm.servers:
        try:
            found[server.name] = frozenset(
                gap.authority.id
                for roots in (True, False)
                for gap in gaps(farm, server, roots=roots)
                if isinstance(gap, Gap)
            )
        except UnknownFactError:
            continue
    return found


def _origin(farm: Farm, store: str, sha1: str, lacking: Sequence[Cell]) -> str:
    """Say where the farm's servers have it from, those not compared too, and why that does not reach these."""
    by_origin: dict[facts_pb2.StoreOrigin.ValueType, list[str]] = {}
    for server in farm.servers:
        for held in server.facts.get("store-certificate", ()):
            if held.value.store == store and held.value.certificate.sha1 == sha1:
                by_origin.setdefault(held.value.origin, []).append(server.name)
    said = [_GIVEN[origin].format(names(its)) for origin, its in sorted(by_origin.items()) if origin in _GIVEN]
    out = [cell.server.name for cell in lacking if _outside(cell.server)]
    if out and _BY_DOMAIN & set(by_origin):
        said.append(f"{names(out)} {have(out, 'is', 'are')} in a workgroup and never {have(out, 'gets', 'get')} it so")
    return "; ".join(said)


def _outside(server: Server) -> bool:
    return any(held.value.domain_joined == facts_pb2.TRISTATE_NO for held in server.ask("host").facts)
