"""Hops of a trace that say the same of several servers, and the deciding one of each pair."""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from farmsight_collector.signin.trace import HOPS
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

FAILS: Final = query_pb2.TRACE_VERDICT_FAILS
PASSES: Final = query_pb2.TRACE_VERDICT_PASSES
_SOME_SERVER: Final = "the server"
# Whose what a hop looks at is, where it is no server's; else the farm's.
_CERTIFICATE: Final = frozenset({"user-certificate", "user-mapping"})
_TENANT: Final = frozenset({"domain-federated", "prompt-login", "token", "tenant-authorities", "tenant-revocation"})
_ORDER: Final = {hop: number for number, hop in enumerate(HOPS)}


@dataclass
class Group:
    """Hops of one kind, under one account, that came to the same for the same reason."""

    hop: query_pb2.TraceHop  # the first of them
    number: int = 0  # by which tables refer to it
    servers: list[str] = field(default_factory=list)
    whys: dict[str, None] = field(default_factory=dict)
    alike: str = ""  # why, without the names of servers

    @property
    def why(self) -> str:
        """Return why: in its own words where there is one reason, else in words that fit them all."""
        return next(iter(self.whys)) if len(self.whys) == 1 else self.alike

    @property
    def context(self) -> str | None:
        """Return the account."""
        return CONTEXT_NAMES[self.hop.context]

    @property
    def what(self) -> str:
        """Return what must hold at this hop."""
        return HOPS.get(self.hop.hop, "")


def whose(hop: str) -> str:
    """Return whose it is what a hop without a server looks at."""
    if hop in _CERTIFICATE:
        return "the certificate"
    return "the tenant" if hop in _TENANT else "the farm"


class Groups:
    """What of a trace does not pass, grouped and numbered: what fails first, each in the order of the sign-in."""

    def __init__(self, response: query_pb2.TraceResponse) -> None:
        """Group the hops of an answer."""
        names = {name for path in response.paths for name in path.via}
        pattern = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        self._named = re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-])") if names else None
        self.servers = len(names)
        found: dict[object, Group] = {}
        self._of: dict[int, Group] = {}
        for place, hop in enumerate(response.hops):
            if hop.verdict != PASSES:
                self._of[place] = self._put(found, hop)
        groups = sorted(found.values(), key=_place)
        self.failing = [one for one in groups if one.hop.matters and one.hop.verdict == FAILS]
        self.unknown = [one for one in groups if one.hop.matters and one.hop.verdict != FAILS]
        self.beside = [one for one in groups if not one.hop.matters]
        for number, one in enumerate((*self.failing, *self.unknown), 1):
            one.number = number

    def deciding(self, path: query_pb2.TracePath) -> Group | None:
        """Return what the verdict on a path rests on: the first hop that fails, else the first that is not known."""
        held = [one for place in path.hops if (one := self._of.get(place)) and one.hop.matters]
        return next((one for one in held if one.hop.verdict == FAILS), held[0] if held else None)

    def _put(self, found: dict[object, Group], hop: query_pb2.TraceHop) -> Group:
        alike = self._named.sub(_SOME_SERVER, hop.why) if self._named else hop.why
        key = (hop.hop, hop.context, hop.verdict, hop.matters, tuple(hop.codes), tuple(hop.catalogue), alike)
        group = found.setdefault(key, Group(hop=hop, alike=alike))
        group.whys[hop.why] = None
        if hop.server and hop.server not in group.servers:
            group.servers.append(hop.server)
        return group


def ordered(hops: Iterable[query_pb2.TraceHop]) -> list[query_pb2.TraceHop]:
    """Return hops in the order of the sign-in, servers by name within each."""
    return sorted(hops, key=lambda hop: (_ORDER.get(hop.hop, len(_ORDER)), hop.server, hop.context))


def _place(group: Group) -> int:
    return _ORDER.get(group.hop.hop, len(_ORDER))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What pairs that are alike come to: the verdict, and the number of the group that decides."""

    verdict: query_pb2.TraceVerdict.ValueType
    number: int


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The pairs of one path; servers that are alike stand together. Without a proxy there is one column."""

    path: str
    pairs: int
    failing: int
    unknown: int
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell | None, ...]], ...]

    @property
    def said(self) -> str:
        """Return how many of its pairs do what, in words."""
        counts = [f"{count} {what}" for count, what in ((self.failing, "fail"), (self.unknown, "not known")) if count]
        whose = "pairs of servers" if any(any(column) for column in self.columns) else "servers"
        return f"of {self.pairs} {whose} {', '.join(counts) or 'all pass'}"


def matrices(response: query_pb2.TraceResponse, groups: Groups) -> list[Matrix]:
    """Return a matrix for each path, first servers by last ones."""
    kinds = dict.fromkeys(path.path for path in response.paths)
    return [_matrix([one for one in response.paths if one.path == kind], groups) for kind in kinds]


def _matrix(paths: Sequence[query_pb2.TracePath], groups: Groups) -> Matrix:
    cells: dict[str, dict[str, Cell]] = {}
    for path in paths:
        decides = groups.deciding(path)
        cell = Cell(verdict=path.verdict, number=decides.number if decides else 0)
        first, last = (path.via[0] if path.via else ""), (path.via[-1] if len(path.via) > 1 else "")
        cells.setdefault(first, {})[last] = cell
    lasts = sorted({last for row in cells.values() for last in row})
    columns = _alike(lasts, lambda last: tuple(row.get(last) for _, row in sorted(cells.items())))
    rows = _alike(sorted(cells), lambda first: tuple(cells[first].get(last) for last in lasts))
    return Matrix(
        path=paths[0].path,
        pairs=len(paths),
        failing=sum(path.verdict == FAILS for path in paths),
        unknown=sum(path.verdict not in (FAILS, PASSES) for path in paths),
        columns=columns,
        rows=tuple((names, tuple(cells[names[0]].get(column[0]) for column in columns)) for names in rows),
    )


def _alike(names: Iterable[str], cells: Callable[[str], Hashable]) -> tuple[tuple[str, ...], ...]:
    """Return names in groups whose cells are the same."""
    found: dict[Hashable, list[str]] = {}
    for name in names:
        found.setdefault(cells(name), []).append(name)
    return tuple(map(tuple, found.values()))
