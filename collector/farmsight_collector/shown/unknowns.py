"""What is not known: which outputs are missing with the lines to run, and what else could not be told, by reason."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from farmsight_collector.shown.texts import Exact
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

ANY_SERVER: Final = "%computername%"
POWERSHELL: Final = "PowerShell"
PROMPT: Final = "Command Prompt"
_CMDLET: Final = re.compile("[A-Z][a-z]+-[A-Z]")  # others are programs, and their files' names take %NAME%
_NOT_CAPTURED: Final = ("file-missing", "not-collected", "no run of")
# A rule about several servers names the one that could not tell, or the part of it.
_OF_SERVER: Final = re.compile(r"([^\s:]+)(?: can't tell|: ([a-z-]+(?:/[\w-]+)?)): ")


@dataclass(kw_only=True)
class Lacking:
    """One command whose output is missing, on which servers, and what that leaves open."""

    command: str
    servers: list[str] = field(default_factory=list)
    contexts: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)  # rules that cannot tell for it


@dataclass(kw_only=True)
class Unknown:
    """One reason for which something is not known; nothing is claimed of it, either way."""

    what: str
    reason: str
    contexts: list[str] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class Lines:
    """What to run on one server in one shell."""

    server: str
    shell: str
    lines: tuple[Exact, ...]


@dataclass(frozen=True, kw_only=True)
class Unknowns:
    """All of it; of the others those first that leave most rules undecided."""

    lacking: tuple[Lacking, ...]
    lines: tuple[Lines, ...]
    others: tuple[Unknown, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """Return what was not looked at or not told, in short."""
        parts = [part for one in self.lacking for part in one.parts]
        return tuple(dict.fromkeys([*parts, *(one.what for one in self.others if one.what)]))


@dataclass(frozen=True, kw_only=True)
class _Told:
    server: str
    part: str
    context: str
    reason: str
    code: str


def unknowns(
    lacks: Sequence[Mapping[str, Any]], items: Iterable[query_pb2.UnknownItem], servers: Collection[str]
) -> Unknowns:
    """Return what is not known; `lacks` are those of the document, `servers` the names of all."""
    lacking = _lacking(lacks)
    by_part = {(one["server"], part): lacking[one["command"]] for one in lacks for part in one["unknown"]}
    others: dict[tuple[str, str], Unknown] = {}
    for item in items:
        told = _told(item, frozenset(servers))
        missing = by_part.get((told.server, told.part))
        if missing is not None and any(word in told.reason for word in _NOT_CAPTURED):
            missing.codes.update({told.code} - {""})
        else:
            _add(others, told)
    return Unknowns(
        lacking=tuple(lacking.values()),
        lines=tuple(_lines(lacks)),
        others=tuple(sorted(others.values(), key=lambda one: -len(one.codes))),
    )


def _lacking(lacks: Iterable[Mapping[str, Any]]) -> dict[str, Lacking]:
    found: dict[str, Lacking] = {}
    for one in lacks:
        made = found.setdefault(one["command"], Lacking(command=one["command"]))
        for kept, new in (
            (made.servers, [one["server"]]),
            (made.contexts, one["contexts"]),
            (made.parts, one["unknown"]),
        ):
            kept += [name for name in new if name not in kept]
    return found


def _lines(lacks: Sequence[Mapping[str, Any]]) -> Iterator[Lines]:
    by_server: dict[str, dict[str, list[Exact]]] = {}
    for one in sorted(lacks, key=lambda one: bool(one["contexts"])):  # who is told to be somebody else stays so
        shell = POWERSHELL if _CMDLET.match(one["run"]) else PROMPT
        remark = "# as" if shell == POWERSHELL else "rem as"
        said = [Exact(f"{remark} {' and as '.join(one['contexts'])}:")] if one["contexts"] else []
        lines = by_server.setdefault(one["server"], {}).setdefault(shell, [])
        lines += [*said, Exact(one["run"])] if one["run"] not in lines else []
    for server in dict.fromkeys(one["server"] for one in lacks):
        for shell, lines in sorted(by_server[server].items()):
            yield Lines(server=server, shell=shell, lines=tuple(lines))


def _told(item: query_pb2.UnknownItem, servers: frozenset[str]) -> _Told:
    server, reason, part = item.server, item.reason, f"{item.probe}/{item.part}".strip("/")
    found = _OF_SERVER.match(reason)
    if not server and found and found[1] in servers:
        server, reason, part = found[1], reason[found.end() :], found[2] or part
    return _Told(
        server=server,
        part=part,
        context=CONTEXT_NAMES[item.context] or "",
        reason=reason,
        code=item.code,
    )


def _add(others: dict[tuple[str, str], Unknown], told: _Told) -> None:
    reason = told.reason.replace(told.server, ANY_SERVER) if told.server else told.reason
    one = others.setdefault((told.part, reason), Unknown(what=told.part, reason=told.reason))
    for kept, new in ((one.servers, told.server), (one.contexts, told.context)):
        if new and new not in kept:
            kept.append(new)
    if len(one.servers) > 1:
        one.reason = reason  # alike but for the server's name
    one.codes.update({told.code} - {""})
