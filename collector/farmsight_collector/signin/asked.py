"""One hop as the walk asks it: where it stands, what decides it, and what proves its fault beside the facts."""

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Held, Server, UnknownFactError
from farmsight_collector.rules.engine import Finding
from farmsight_collector.rules.rule import Severity
from farmsight_collector.signin.blind import blind, blind_everywhere, observers
from farmsight_collector.signin.said import Said, not_known, unknown
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.symptoms import symptom
from farmsight_collector.signin.trace import HOPS, Hop
from farmsight_collector.signin.ways import Way

MOST_EVIDENCE: Final = 20

log = logging.getLogger(__name__)

Look = Callable[[Scene, Way], Said]


class Place(enum.Enum):
    """What a hop depends on; ways that have it in common share the answer."""

    FARM = "farm"  # the certificate, the tenant, AD FS's configuration
    PATH = "path"
    ENTRY = "entry"  # the server at which the client's TLS ends
    PROXY = "proxy"
    NODE = "node"
    PAIR = "pair"


def _everywhere(_way: Way) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One hop; `look` is a pure function of the scene and of what `place` names of the way."""

    hop: str  # a key of HOPS
    place: Place
    look: Look
    learn: str  # how to learn what is not known, for people
    context: str | None = None
    applies: Callable[[Way], bool] = _everywhere
    proofs: tuple[str, ...] = ()  # codes of findings that prove the fault of the server that they name
    reads: tuple[str, ...] = ()  # kinds of the server's own facts; one that is there and can't be had leaves doubt
    configured: tuple[str, ...] = ()  # kinds that any AD FS node may tell; the same
    looked_at: bool = False  # what others met over the wire counts; the same

    def __post_init__(self) -> None:
        """Refuse a hop that the output schema does not name."""
        if self.hop not in HOPS:
            raise ValueError(f"{self.hop} is not among the hops")

    def server(self, way: Way) -> Server | None:
        """Return the server on which the hop stands."""
        if self.place is Place.ENTRY:
            return way.entry
        if self.place is Place.NODE:
            return way.node
        return way.proxy if self.place in (Place.PROXY, Place.PAIR) else None

    def key(self, way: Way) -> tuple[object, ...]:
        """Return what ways with the same answer have in common."""
        server = self.server(way)
        beside = way.node.name if self.place is Place.PAIR and way.node else ""
        path = "" if self.place is Place.FARM else way.path
        return self.hop, self.context, path, server.name if server else "", beside

    def told(self, scene: Scene, way: Way) -> Hop:
        """Return the hop on this way; never raises."""
        return _hop(self, scene, way, _judged(self, scene, way))


def _judged(asked: Asked, scene: Scene, way: Way) -> Said:
    return _proven(asked, scene, way, _doubted(asked, scene, way, _said(asked, scene, way)))


def _said(asked: Asked, scene: Scene, way: Way) -> Said:
    stands = asked.place not in (Place.FARM, Place.PATH)
    if stands and (asked.server(way) is None or (asked.place is Place.PAIR and way.node is None)):
        return unknown("no AD FS node is known")
    try:
        return asked.look(scene, way)
    except UnknownFactError as error:
        return not_known(error)
    except Exception as error:  # one hop's fault must not silence the others
        log.exception("hop %s failed", asked.hop)
        return unknown(f"the hop failed: {type(error).__name__}: {error}")


def _doubted(asked: Asked, scene: Scene, way: Way, said: Said) -> Said:
    """Return that it is unknown where something that might have shown a fault can't be had any more."""
    if said.verdict is not Verdict.PASSES:
        return said
    server = asked.server(way)
    doubts = [*(blind(server, kind) for kind in asked.reads if server is not None)]
    doubts += [blind_everywhere(scene.farm, kind) for kind in asked.configured]
    if asked.looked_at and server is not None:
        doubts += [blind(observer, "tls-endpoint") for observer in observers(scene.farm, server)]
    reason = next((doubt for doubt in doubts if doubt), "")
    return unknown(f"{said.why}, but not known: {reason}") if reason else said


def _proven(asked: Asked, scene: Scene, way: Way, said: Said) -> Said:
    """Let a finding that names the hop's server decide where the facts that the hop reads do not show the fault."""
    server = asked.server(way)
    if said.verdict is Verdict.FAILS or server is None:
        return said
    found = [one for one in scene.findings(asked.proofs) if _concerns(asked, scene, way, one)]
    if not found:
        return said
    first = found[0]
    return replace(
        said,
        verdict=Verdict.FAILS,
        matters=True,
        why=first.title if server.name in first.title else f"fails: {first.title}",
        catalogue=first.catalogue,
        evidence=first.evidence,
    )


def _concerns(asked: Asked, scene: Scene, way: Way, finding: Finding) -> bool:
    """Tell whether a finding names the hop's server; of a pair it must not be about another node alone."""
    server = asked.server(way)
    if server is None or server.name not in finding.servers:
        return False
    nodes = {node.name for node in scene.farm.of_role("adfs")} & set(finding.servers) - {server.name}
    return asked.place is not Place.PAIR or not nodes or (way.node is not None and way.node.name in nodes)


def _hop(asked: Asked, scene: Scene, way: Way, said: Said) -> Hop:
    server = asked.server(way)
    echoes = _echoes(scene, said, server.name if server else "")
    seen = symptom(asked.hop, said.catalogue) if said.verdict is Verdict.FAILS else None
    return Hop(
        hop=asked.hop,
        server=server.name if server else "",
        context=asked.context,
        verdict=said.verdict,
        why=said.why,
        catalogue=said.catalogue,
        user_sees=seen.user if seen else "",
        administrator_sees=seen.administrator if seen else "",
        codes=tuple(dict.fromkeys(one.rule.code for one in (*map(scene.root, echoes), *echoes))),
        evidence=_evidence(said, echoes),
        judgement=said.judgement,
        matters=said.matters,
    )


def _echoes(scene: Scene, said: Said, server: str) -> tuple[Finding, ...]:
    """Return the findings that say the same: of the same entries, and of this server if they name any.

    Causes come before their symptoms; what is only worth knowing is told where there is nothing else.
    """
    if said.verdict is Verdict.PASSES:
        return ()
    found = [one for one in scene.of_entries(said.catalogue) if not one.servers or not server or server in one.servers]
    telling = [one for one in found if one.severity > Severity.INFO] or found
    return tuple(sorted(telling, key=lambda one: (one.caused_by is not None, -one.severity)))


def _evidence(said: Said, echoes: tuple[Finding, ...]) -> tuple[Held, ...]:
    mine = {id(held): held for held in said.evidence}
    for one in echoes:
        if one.subject and one.subject in said.why:
            mine |= {id(held): held for held in one.evidence}
    return tuple(mine.values())[:MOST_EVIDENCE]
