"""The one line that answers: which server, what, and how many of the pairs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.words import names, plain
from farmsight_collector.signin.registry import learning
from farmsight_collector.signin.trace import HOPS, PATHS, Hop, Path

MOST_PARTS: Final = 3  # different first faults that the line tells
LONGEST: Final = 240  # of one reason with those that follow it
_ORDER: Final = {hop: place for place, hop in enumerate(HOPS)}


def answered(paths: Sequence[Path], verdict: Verdict, notes: Iterable[str]) -> str:
    """Return the answer in one line, without control characters."""
    if not paths:
        return plain("not known: " + ("; ".join(notes) or "no way through the farm is known"))
    if verdict is Verdict.FAILS:
        return plain(_failing(paths))
    if verdict is Verdict.UNKNOWN:
        return plain(_unknown(paths))
    return f"passes on {_counted(paths)}: every hop is proven"


def _failing(paths: Sequence[Path]) -> str:
    """Tell the first failing hop of each way that fails, the earliest on the path first."""
    first = [(path, next(hop for hop in path.hops if _fails(hop))) for path in paths if path.verdict is Verdict.FAILS]
    groups: dict[str, list[tuple[Path, Hop]]] = {}
    for path, hop in first:
        groups.setdefault(hop.why, []).append((path, hop))
    ordered = sorted(groups.values(), key=lambda group: (_ORDER[group[0][1].hop], -len(group)))
    parts = [_part(group) + f" ({_share(group, paths)})" for group in ordered[:MOST_PARTS]]
    more = f"; and {len(ordered) - len(parts)} more" if len(ordered) > len(parts) else ""
    whole = f"; in all, {_share(first, paths)}" if len(ordered) > 1 else ""
    return "; ".join(parts) + more + whole


def _part(group: Sequence[tuple[Path, Hop]]) -> str:
    hop = group[0][1]
    servers = tuple(dict.fromkeys(hop.server for _, hop in group if hop.server))
    why = _short(hop.why)
    if not servers or any(server in why for server in servers):
        return why
    return f"{names(servers)}{':' if len(servers) > 1 else ''} {why}"


def _short(why: str) -> str:
    """Return the first reasons, as many as fit a line; the hop itself has them all."""
    kept, *others = why.split("; ")
    while others and len(kept) + len(others[0]) < LONGEST:
        kept += f"; {others.pop(0)}"
    return kept + (" ..." if others else "")


def _share(group: Sequence[tuple[Path, Hop]], paths: Sequence[Path]) -> str:
    """Return how many pairs fail by this, and what becomes of the others."""
    told = []
    for word in PATHS:
        here = [path for path in paths if path.path == word]
        hit = sum(path.path == word for path, _ in group)
        if hit:
            told.append(f"{hit} of {len(here)} {word} {_pairs(here)} {'fail' if hit > 1 else 'fails'}")
    others = Counter(path.verdict for path in paths)
    if others[Verdict.FAILS] == len(group) and len(paths) > len(group):
        rest = "pass" if not others[Verdict.UNKNOWN] else "are not known to work"
        return f"{', '.join(told)}; the others {rest}"
    return ", ".join(told)


def _unknown(paths: Sequence[Path]) -> str:
    """Tell which hops are not known and how to learn the first."""
    hops = {id(hop): hop for path in paths for hop in path.hops if hop.matters and hop.verdict is Verdict.UNKNOWN}
    ordered = sorted(hops.values(), key=lambda hop: _ORDER[hop.hop])
    first = ordered[0]
    alike = tuple(dict.fromkeys(hop.server for hop in ordered if (hop.hop, hop.why) == (first.hop, first.why)))
    where = f" on {names(alike)}" if any(alike) else ""
    others = tuple(dict.fromkeys(hop.hop for hop in ordered if hop.hop != first.hop))
    beside = f"; nor are {names(others, 8)} known" if len(others) > 1 else f"; nor is {others[0]}" if others else ""
    learn = f". To learn it: {learning(first.hop)}" if learning(first.hop) else ""
    lead = f"not known whether it works: nothing fails on {_counted(paths)}"
    return f"{lead}, but {first.hop}{where} can't be told: {_short(first.why)}{beside}{learn}"


def _fails(hop: Hop) -> bool:
    return hop.matters and hop.verdict is Verdict.FAILS


def _counted(paths: Sequence[Path]) -> str:
    counts = [(word, [path for path in paths if path.path == word]) for word in PATHS]
    return " and ".join(f"{len(here)} {word} {_pairs(here)}" for word, here in counts if here)


def _pairs(here: Sequence[Path]) -> str:
    """Return what the ways of one path are called: pairs, or nodes where each is one server."""
    word = "pair" if any(len(path.via) > 1 for path in here) else "server"
    return word if len(here) == 1 else word + "s"
