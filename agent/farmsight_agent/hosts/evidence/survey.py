"""What lies in folders and archives: which output is in which file, whose it is, and when it was taken.

Every file is read once, one at a time, and nothing of it is kept but where
its outputs stand: they are read again when they are asked for. What a file's
content says of its server counts more than its name, and its name more than
its folder; where name and folder contradict each other the file is left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.evidence.capture import CERTIFICATES, Capture, Text
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile, Refused, walk
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits, looks_binary
from farmsight_agent.hosts.evidence.intake.private_keys import private_key_line
from farmsight_agent.hosts.evidence.names import computer_name, folder_computers, is_of_tenant, naming
from farmsight_agent.hosts.evidence.recognise import Found, promised_by_name, recognise
from farmsight_agent.hosts.evidence.stores.exported import looks_exported
from farmsight_agent.outcome import FailedError, NotObservedError

TENANT_FORMS: Final = frozenset({"tenant"})
UNNAMED: Final = "UNNAMED"
_HEAD: Final = 4096

Progress = Callable[[str], None]


# A file that was refused for one of these is what its name says, and can't be read; others may not even be its own.
_OF_CONTENT: Final = frozenset({"too-large", "not-readable", "password-protected", "unsupported-compression"})


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A file, or lines of one, that says nothing here, and why."""

    file: str
    reason: str  # machine word: "not-understood", "whose-unknown", "private-key-in-file", ...
    detail: str = ""
    resembles: str = ""
    line: int = 0  # 0: the whole file


@dataclass(frozen=True, kw_only=True)
class Read:
    """One file after its first reading."""

    file: EvidenceFile
    found: tuple[Found, ...]
    encoding: str = ""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """All that was found; `captures` without a server are the tenant's, or certificates that were handed in."""

    files: Mapping[str, EvidenceFile]
    captures: tuple[Capture, ...]
    leftovers: tuple[Leftover, ...]


def _unreadable(refused: Refused) -> EvidenceFile:
    """Return a file whose reader is told again why it was refused."""

    def read(_limit: int) -> bytes:
        raise FailedError(refused.reason, f"{refused.name}: {refused.detail}", source=f"evidence:{refused.name}")

    return EvidenceFile(name=refused.name, size=0, modified=None, state=(refused.reason,), reader=read)


def survey(
    paths: Sequence[Path], *, limits: IntakeLimits | None = None, progress: Progress = lambda _name: None
) -> Survey:
    """Look at every file below the paths. Raises IntakeError for a path that is not there."""
    leftovers: list[Leftover] = []
    reads: list[Read] = []
    bounds = limits or IntakeLimits()
    for one in walk(paths, limits=bounds):
        progress(one.name)
        if isinstance(one, Refused):
            leftovers.append(Leftover(file=one.name, reason=one.reason, detail=one.detail))
            if one.reason in _OF_CONTENT:
                reads.append(Read(file=_unreadable(one), found=_by_name_alone(one.name)))
        else:
            reads.append(read_once(one, bounds, leftovers))
    captures = list(_attributed(reads, leftovers, _root(paths)))
    return Survey(
        files={one.file.name: one.file for one in reads}, captures=tuple(captures), leftovers=tuple(leftovers)
    )


def _root(paths: Sequence[Path]) -> str:
    """Return the name of the only folder that was given: names of files in it do not begin with it."""
    return paths[0].resolve().name if len(paths) == 1 and paths[0].is_dir() else ""


def read_once(file: EvidenceFile, limits: IntakeLimits, leftovers: list[Leftover]) -> Read:
    """Return what a file holds; what is said of it goes to `leftovers`."""
    try:
        data = file.read(limits.max_file_bytes)
    except NotObservedError as error:
        leftovers.append(Leftover(file=file.name, reason=error.reason, detail=error.detail))
        return Read(file=file, found=_by_name_alone(file.name))
    key = private_key_line(data)
    if key is not None:
        detail = "holds a private key; nothing of the file was kept. Export certificates only."
        leftovers.append(Leftover(file=file.name, reason="private-key-in-file", detail=detail, line=key))
        return Read(file=file, found=_by_name_alone(file.name))
    if looks_exported(data):
        return Read(file=file, found=(Found(form=CERTIFICATES, text=Text(name=file.name, text="")),))
    if not data.strip():
        return Read(file=file, found=_by_name_alone(file.name))
    if len(data) > limits.max_text_bytes and data.lstrip()[:1] not in (b"{", b"["):
        detail = f"over {limits.max_text_bytes} bytes, more than any command prints"
        leftovers.append(Leftover(file=file.name, reason="too-large", detail=detail))
        return Read(file=file, found=_by_name_alone(file.name))
    if looks_binary(data[:_HEAD]):
        leftovers.append(Leftover(file=file.name, reason="not-understood", detail="binary, of no kind known here"))
        return Read(file=file, found=_by_name_alone(file.name))
    text, encoding = decode(data)
    found = recognise(Text(name=file.name, text=text, encoding=encoding))
    for one in found:
        if one.form is None:
            line = 0 if len(found) == 1 else one.text.first_line
            leftovers.append(Leftover(file=file.name, reason="not-understood", resembles=one.resembles, line=line))
    return Read(file=file, found=tuple(one for one in found if one.form is not None), encoding=encoding)


def _by_name_alone(name: str) -> tuple[Found, ...]:
    """Return what the name promises of a file that could not be read: its reader will say so again."""
    form = promised_by_name(name)
    return () if form is None else (Found(form=form, text=Text(name=name, text="")),)


def _attributed(reads: Sequence[Read], leftovers: list[Leftover], root: str) -> Iterator[Capture]:
    """Yield the captures with whose they are."""
    known = _computers(reads)
    below = _owners_below(reads, known)
    for read in reads:
        if not read.found:
            continue
        server, trouble = _whose(read, known, below, root)
        if trouble is not None:
            leftovers.append(trouble)
            continue
        yield from _captures(read, server, known)


def _captures(read: Read, server: str, known: frozenset[str]) -> Iterator[Capture]:
    told = naming(read.file.name, known)
    for found in read.found:
        assert found.form is not None  # the others were left over
        whose = computer_name(found.server) or server
        yield Capture(
            form=found.form,
            file=read.file.name,
            first_line=found.text.first_line,
            last_line=found.text.first_line + len(found.text.lines()) - 1 if found.text.text else 0,
            encoding=read.encoding,
            server=whose,
            account=told.account,
            about=found.about or told.about,
            when=found.when or read.file.modified,
            own_time=found.when is not None,
        )


def _computers(reads: Iterable[Read]) -> frozenset[str]:
    """Return the computers that contents and names speak of, in upper case."""
    by_content = {computer_name(one.server) for read in reads for one in read.found if one.server}
    by_name = {naming(read.file.name).computer for read in reads if read.found}
    return frozenset((by_content | by_name) - {""})


def _owners_below(reads: Sequence[Read], known: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Return for each folder whose files lie in it and below."""
    below: dict[str, set[str]] = defaultdict(set)
    for read in reads:
        owner = _told_by_itself(read, known) or next((n for n in folder_computers(read.file.folder) if n in known), "")
        if owner:
            parts = read.file.folder.split("/")
            for depth in range(len(parts) + 1):
                below["/".join(parts[:depth])].add(owner)
    return {folder: frozenset(owners) for folder, owners in below.items()}


def _told_by_itself(read: Read, known: frozenset[str]) -> str:
    content = {computer_name(one.server) for one in read.found if one.server}
    return next(iter(content)) if len(content) == 1 else naming(read.file.name, known).computer


def _whose(
    read: Read, known: frozenset[str], below: Mapping[str, frozenset[str]], root: str
) -> tuple[str, Leftover | None]:
    """Return the server of a file, "" for the tenant's and what is handed in; or why it can't be told."""
    name, folder = read.file.name, read.file.folder
    named = naming(name, known).computer
    candidates = folder_computers(f"{root}/{folder}")
    by_folder = next((one for one in candidates if one in known), "")
    if any(one.server for one in read.found):
        return _told_by_itself(read, known), None
    if named and by_folder and named != by_folder:
        detail = f"its name says {named}, its folder {by_folder}; give it its right name or place"
        return "", Leftover(file=name, reason="name-contradicts-folder", detail=detail)
    if named or by_folder:
        return named or by_folder, None
    if is_of_tenant(name) or all(one.form in TENANT_FORMS for one in read.found):
        return "", None
    here = below.get(folder, frozenset())
    if len(here) == 1:
        return next(iter(here)), None
    if all(one.form == CERTIFICATES for one in read.found):
        return "", None  # a certificate that was handed in
    if not here:
        return (candidates[0] if candidates else UNNAMED), None
    detail = "no computer's name in its name or folder; call it NAME_..., or put it into a folder of that name"
    return "", Leftover(file=name, reason="whose-unknown", detail=detail)


def renamed(captures: Iterable[Capture], server: str) -> tuple[Capture, ...]:
    """Return the captures as this server's."""
    return tuple(replace(one, server=server) for one in captures)


def times(captures: Iterable[Capture]) -> list[datetime]:
    """Return the times that captures carry."""
    return [one.when for one in captures if one.when is not None]
