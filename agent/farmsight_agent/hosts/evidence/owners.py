"""Whose each output is: by its content, its file's name, the folder it lies in, and what lies beside it.

What the content says counts more than the name, and the name more than the
folder; where name and folder contradict each other the file is left out. A
file that tells nothing is its folder's: of the one server whose files lie
beside it, else of the server that the folder is called after. What lies
above the folders of several servers is nobody's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.evidence.capture import CERTIFICATES
from farmsight_agent.hosts.evidence.names import (
    Naming,
    folder_computer,
    is_of_tenant,
    naming,
    remainder,
    speaks_of_server,
)
from farmsight_agent.hosts.evidence.reads import Leftover, Piece, Read

UNNAMED: Final = "UNNAMED"
_UNKNOWN: Final = "?"
_WHAT_TO_DO: Final = "call it NAME_..., or put it into a folder of the server's name"


@dataclass(frozen=True, kw_only=True)
class Level:
    """A folder that a file lies in, and the computer that it may be called after, "" for none."""

    key: str
    computer: str


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose an output is ("" for the tenant's and what was handed in), with what its name says beside that."""

    server: str
    account: str
    about: str


class Owners:
    """What is known of whose everything is, once all files were seen."""

    def __init__(self, reads: Sequence[Read], given: Sequence[tuple[Path, str]]) -> None:
        """Take the files; `given` are the paths that were given, with what their files' names begin with."""
        self._given = given
        self.notes: list[str] = []
        self._content = {one.server for read in reads for one in read.pieces if one.server}
        firm = {told.computer for read in reads for told in _namings(read) if told.computer and not told.doubtful}
        self._known = frozenset(self._content | firm)
        self._levels = {read.file.name: self._levels_of(read.file.name) for read in reads}
        self._here: dict[str, set[str]] = defaultdict(set)
        self._below: dict[str, set[str]] = defaultdict(set)
        for read in reads:
            for owner in self._told(read):
                self._lies(owner, self._levels[read.file.name])
        untold = [read for read in reads if read.pieces and not self._told(read)]
        self._by_name = dict(self._by_remainders([read for read in untold if self._is_owned(read)]))
        self._by_folder = self._decided([read for read in untold if read.file.name not in self._by_name])
        decided = {*self._by_folder.values(), *self._by_name.values()}
        self._servers = self._known | frozenset(decided - {_UNKNOWN, UNNAMED})

    def of(self, read: Read, piece: Piece) -> Owner | Leftover:
        """Return whose an output is, or why that can't be told."""
        told = naming(piece.titled or read.file.name, self._known)
        named = self._computer(told)
        server = self._server(read, piece, named)
        if isinstance(server, Leftover):
            return server
        account = piece.account or told.account
        if told.doubtful and server != told.computer and not piece.account:
            account = (piece.titled or read.file.name).rpartition("/")[2].partition("_")[0]
        return Owner(server=server, account=account, about=piece.about or told.about)

    def _server(self, read: Read, piece: Piece, named: str) -> str | Leftover:
        file = read.file.name
        if piece.elsewhere:
            detail = "it was run on several machines at once; capture each on its own"
            return Leftover(file=file, reason="whose-unknown", detail=detail, line=piece.first_line)
        folder = next((one.computer for one in self._levels[file] if one.computer in self._servers), "")
        if piece.server:
            self._contradicted(file, piece.server, named or folder)
            return piece.server
        if is_of_tenant(file) or piece.of_tenant:
            return ""
        if named and folder and named != folder and not piece.titled:
            detail = f"its name says {named}, its folder {folder}; give it its right name or place"
            return Leftover(file=file, reason="name-contradicts-folder", detail=detail)
        return named or folder or self._by_place(file, piece)

    def _by_place(self, file: str, piece: Piece) -> str | Leftover:
        """Return whose a file is that tells nothing itself, and that lies in no server's folder."""
        server = self._by_name.get(file) or self._by_folder.get(self._levels[file][0].key, _UNKNOWN)
        told = naming(file, self._known)
        if told.doubtful and server in {_UNKNOWN, UNNAMED}:
            return told.computer
        if server != _UNKNOWN:
            return server
        if _is_handed_in(file, piece):
            return ""
        return Leftover(file=file, reason="whose-unknown", detail=f"nothing tells its server: {_WHAT_TO_DO}")

    def _contradicted(self, file: str, content: str, otherwise: str) -> None:
        if otherwise and otherwise != content:
            note = f"{file}: its content says {content}, its name or folder {otherwise}; taken as {content}'s"
            self.notes.append(note)

    def _computer(self, told: Naming) -> str:
        return told.computer if not told.doubtful or told.computer in self._known else ""

    def _told(self, read: Read) -> frozenset[str]:
        """Return the servers that a file itself tells."""
        content = frozenset(one.server for one in read.pieces if one.server)
        named = frozenset(self._computer(one) for one in _namings(read, self._known)) - {""}
        return content or named

    def _levels_of(self, file: str) -> list[Level]:
        """Return the folders of a file, the innermost first; one that was given by itself lies in its own."""
        for path, label in self._given:
            if label == file:
                return [Level(key=f"//{path.parent}", computer=self._of_parent(path))]
        parts = file.split("/")[:-1]
        found = [
            Level(key="/".join(parts[:depth]), computer=folder_computer(parts[depth - 1]))
            for depth in range(len(parts), 0, -1)
        ]
        root = self._given[0][0].name if len(self._given) == 1 and not self._given[0][1] else ""
        return [*found, Level(key="", computer=folder_computer(root))]

    def _of_parent(self, path: Path) -> str:
        """Return the computer that the folder of a single file may be called after: a weak hint, unless it must be."""
        name = folder_computer(path.parent.name)
        parents = {other.parent for other, label in self._given if label}
        return name if len(parents) > 1 or name in self._known or speaks_of_server(name) else ""

    def _lies(self, owner: str, levels: Sequence[Level]) -> None:
        """Note that a server's file lies in these folders; its own folder is where it stops lying beside others."""
        beside = True
        for level in levels:
            self._below[level.key].add(owner)
            if beside:
                self._here[level.key].add(owner)
            beside = beside and level.computer != owner

    def _decided(self, untold: Sequence[Read]) -> Mapping[str, str]:
        """Return the server of each folder that holds files which tell nothing themselves, the deepest first."""
        owned = [read for read in untold if self._is_owned(read)]
        found: dict[str, str] = {}
        for wanted in (owned, untold):
            folders = {self._levels[one.file.name][0].key: self._levels[one.file.name] for one in wanted}
            for key, levels in sorted(folders.items(), key=lambda one: (-len(one[1]), one[0])):
                if key not in found:
                    found[key] = self._decide(levels, new=wanted is owned)
        return found

    def _decide(self, levels: Sequence[Level], *, new: bool) -> str:
        for level in levels:
            here = self._here[level.key]
            if level.computer in self._known:
                return level.computer
            if len(here) > 1:
                return _UNKNOWN
            if len(here) == 1 and not (speaks_of_server(level.computer) and new):
                return next(iter(here))
            if self._below[level.key] and not here:
                return _UNKNOWN
            if level.computer and (new or speaks_of_server(level.computer)):
                return self._new(level.computer, levels)
        return self._new(UNNAMED, levels) if new and not self._below[levels[-1].key] and not self._known else _UNKNOWN

    def _new(self, server: str, levels: Sequence[Level]) -> str:
        self._lies(server, levels)
        return server

    def _is_owned(self, read: Read) -> bool:
        """Tell a file that must be some server's."""
        name = read.file.name
        if naming(name, self._known).doubtful:
            return False
        return any(not one.of_tenant and not _is_handed_in(name, one) for one in read.pieces)

    def _by_remainders(self, owned: Sequence[Read]) -> Iterator[tuple[str, str]]:
        """Yield servers of files by what else stands in their names, where no folder is called after a server.

        What could be a server's name beside files of another server leaves it open whose the file is.
        """
        folders: dict[str, list[Read]] = defaultdict(list)
        for read in owned:
            levels = self._levels[read.file.name]
            if not any(one.computer for one in levels[:-1]):
                folders[levels[0].key].append(read)
        for key, reads in folders.items():
            found = {read.file.name: name for read in reads if (name := remainder(read.file.name))}
            if self._here[key]:
                yield from ((file, _UNKNOWN) for file, name in found.items() if {name} != self._here[key])
            elif not self._levels[reads[0].file.name][-1].computer or _tells_apart(reads, found):
                for file, name in found.items():
                    yield file, self._new(name, self._levels[file])


def _tells_apart(reads: Sequence[Read], names: Mapping[str, str]) -> bool:
    """Tell whether names are those of servers: several files share one, or the same output is there under two."""
    by_form: dict[str, set[str]] = defaultdict(set)
    for read in reads:
        for piece in read.pieces:
            by_form[piece.form].add(names.get(read.file.name, ""))
    shared = Counter(names.values())
    return any(len(one - {""}) > 1 for one in by_form.values()) or any(count > 1 for count in shared.values())


def _namings(read: Read, known: frozenset[str] = frozenset()) -> list[Naming]:
    if not read.pieces:
        return []
    titled = [naming(one.titled, known) for one in read.pieces if one.titled]
    return [naming(read.file.name, known), *titled]


def _is_handed_in(file: str, piece: Piece) -> bool:
    """Tell a certificate that lies beside the evidence from an exported store."""
    return piece.form == CERTIFICATES and not (piece.about or naming(file).about)
