"""Walks the sign-in path of one user's certificate, hop by hop, on every pair of servers."""

from collections.abc import Collection, Iterable
from typing import Final

from farmsight_collector.model.verdict import Verdict, together
from farmsight_collector.model.view import Farm
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.signin.answer import answered
from farmsight_collector.signin.notes import noted
from farmsight_collector.signin.registry import ASKED
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.trace import PATHS, Hop, Path, Trace
from farmsight_collector.signin.ways import Way, ways

MOST_WAYS: Final = 10_000  # on one path: 100 proxies before 100 nodes


def traced(farm: Farm, evaluation: Evaluation, leaf: Certificate, paths: Collection[str] = PATHS) -> Trace:
    """Return what becomes of the certificate on these paths of the farm, as of the farm's instant.

    Everything is judged by the facts of the view; `evaluation` is what the
    rules say of the same view. A way fails where any hop that matters does,
    and is unknown where none does and one is; the whole fails where any way
    does, since that way may be a user's.
    """
    scene = Scene(farm=farm, evaluation=evaluation, leaf=leaf)
    found, notes = _all_ways(farm, paths)
    known: dict[tuple[object, ...], Hop] = {}
    walked = tuple(_walked(scene, way, known) for way in found)
    verdict = _verdict(path.verdict for path in walked)
    return Trace(
        farm=farm.name,
        as_of=farm.as_of,
        certificate=leaf.sha1,
        subject=leaf.subject,
        verdict=verdict,
        answer=answered(walked, verdict, notes),
        paths=walked,
        notes=(*notes, *noted(scene, walked)),
    )


def _all_ways(farm: Farm, paths: Collection[str]) -> tuple[list[Way], tuple[str, ...]]:
    found: list[Way] = []
    notes: list[str] = []
    for path in PATHS:
        if path in paths:
            here, said = ways(farm, path)
            if len(here) > MOST_WAYS:
                notes.append(f"{path}: only the first {MOST_WAYS} of {len(here)} pairs were looked at")
            found += here[:MOST_WAYS]
            notes += said
    return found, tuple(dict.fromkeys(notes))


def _walked(scene: Scene, way: Way, known: dict[tuple[object, ...], Hop]) -> Path:
    """Return one way; hops that it has in common with others are the very same."""
    hops: list[Hop] = []
    for asked in ASKED:
        if asked.applies(way):
            key = asked.key(way)
            if key not in known:
                known[key] = asked.told(scene, way)
            hops.append(known[key])
    verdict = together(hop.verdict for hop in hops if hop.matters)
    return Path(path=way.path, via=way.via, verdict=verdict, hops=tuple(hops))


def _verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the whole's verdict; without any way nothing is known."""
    everything = tuple(verdicts)
    return together(everything) if everything else Verdict.UNKNOWN
