"""What lies in folders and archives: which output is in which file, whose it is, and when it was taken.

Every file is read once, one at a time, and nothing of it is kept but where
its outputs stand: they are read again when they are asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.evidence import copies
from farmsight_agent.hosts.evidence.capture import Capture, Dated
from farmsight_agent.hosts.evidence.forms import BY_ID
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile, Refused, labelled, walk
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits
from farmsight_agent.hosts.evidence.owners import Owner, Owners
from farmsight_agent.hosts.evidence.reads import Leftover, Piece, Read, read, refused
from farmsight_agent.hosts.evidence.rounds import ONE_GO

__all__ = ["Leftover", "Survey", "survey"]

Progress = Callable[[str], None]
# From a day's noon in UTC: where people live, it begins and ends within these.
_DAY_BEGINS: Final = timedelta(hours=25)
_DAY_ENDS: Final = timedelta(hours=20)
_SINCE: Final = 2000  # files that say they are older have lost their date, as in zips without one
# Forms of which an output that was given twice does not simply take the place of the first.
_SEVERAL: Final = frozenset({"certificates", "powershell-text", "powershell-rules", "cmdlet", "sections", "collection"})
_CMDLETS: Final = frozenset({"powershell-text", "powershell-rules", "cmdlet"})


@dataclass(frozen=True, kw_only=True)
class Survey:
    """All that was found; `captures` without a server are the tenant's, or certificates that were handed in.

    `notes` say to people what was assumed, and why.
    """

    files: Mapping[str, EvidenceFile]
    captures: tuple[Capture, ...]
    leftovers: tuple[Leftover, ...]
    notes: tuple[str, ...] = ()


def survey(
    paths: Sequence[Path], *, limits: IntakeLimits | None = None, progress: Progress = lambda _name: None
) -> Survey:
    """Look at every file below the paths. Raises IntakeError for a path that is not there."""
    bounds = limits or IntakeLimits()
    reads: list[Read] = []
    for one in walk(paths, limits=bounds):
        progress(one.name)
        reads.append(refused(one) if isinstance(one, Refused) else read(one, bounds))
    owners = Owners(reads, labelled(paths))
    leftovers = [left for one in reads for left in one.leftovers]
    captures = list(_captures(reads, owners, leftovers))
    return Survey(
        files={one.file.name: one.file for one in reads},
        captures=tuple(captures),
        leftovers=tuple(dict.fromkeys(leftovers)),
        notes=tuple(
            dict.fromkeys([*owners.notes, *_repeated(captures), *_asked_again(reads), *_without_zone(reads, captures)])
        ),
    )


def _captures(reads: Iterable[Read], owners: Owners, leftovers: list[Leftover]) -> Iterator[Capture]:
    """Yield the captures with whose they are; what can't be told goes to `leftovers`, and so do copies."""
    seen: dict[tuple[object, ...], Capture] = {}
    for one in reads:
        captures = []
        for piece in one.pieces:
            owner = owners.of(one, piece)
            if isinstance(owner, Leftover):
                leftovers.append(owner)
            else:
                captures.append(_capture(one, piece, owner))
        copied = _copied(one, captures, seen)
        if copied is None:
            yield from captures
        else:
            leftovers.append(Leftover(file=one.file.name, reason="copy", detail=f"the same as {copied}"))


def _capture(read: Read, piece: Piece, owner: Owner) -> Capture:
    when, dated = _dated(read.file, piece)
    return Capture(
        form=piece.form,
        file=read.file.name,
        first_line=piece.first_line,
        last_line=piece.last_line,
        encoding=read.encoding,
        server=owner.server,
        account=owner.account,
        about=owner.about,
        when=when,
        dated=dated,
        trouble=piece.trouble,
    )


def _copied(read: Read, captures: Sequence[Capture], seen: dict[tuple[object, ...], Capture]) -> str | None:
    """Return the file that this is a copy of, by its bytes, None for none: the same was not captured anew."""
    if not read.digest or not captures:
        return None
    first = captures[0]
    own = None if first.dated == "file" else first.when
    key = (read.digest, own, *((one.form, one.server, one.account, one.about) for one in captures))
    held = seen.setdefault(key, first)
    if held is first:
        return None
    if own is None and held.when is not None and first.when is not None and abs(held.when - first.when) > ONE_GO:
        return None
    return held.file


def _dated(file: EvidenceFile, piece: Piece) -> tuple[datetime | None, Dated]:
    """Return when an output was taken, and what tells it: the content, a name, or the file's own date."""
    modified = file.modified if file.modified is not None and file.modified.year >= _SINCE else None
    if piece.when is not None:
        return piece.when, "content"
    for part in reversed(file.name.split("/")):
        told = copies.instant_in(part)
        if told is None:
            continue
        when, exact = told
        if exact:
            return when, "stamp"
        near = modified is not None and when - _DAY_BEGINS <= modified <= when + _DAY_ENDS
        return (modified if near else when), "name"  # the file's date tells the hour
    return modified, "file"


def _repeated(captures: Iterable[Capture]) -> Iterator[str]:
    """Yield what is said of files that hold the same output more than once."""
    alike: dict[tuple[str, ...], list[Capture]] = defaultdict(list)
    for one in captures:
        if one.form not in _SEVERAL:
            alike[one.file, one.server, one.form, one.about.lower(), one.account.lower()].append(one)
    for (file, _, form, about, _), several in alike.items():
        if len(several) > 1 and form != "certutil-verify":
            command = BY_ID[form].command.replace("STORE", about or "STORE") if form in BY_ID else form
            lines = ", ".join(str(one.first_line) for one in several)
            yield f"{file}: holds {len(several)} outputs of `{command}` (lines {lines}); the last stands"


def _asked_again(reads: Iterable[Read]) -> Iterator[str]:
    """Yield what is said of transcripts in which one cmdlet was asked more than once."""
    for read_once in reads:
        asked: dict[tuple[str, str], list[Piece]] = defaultdict(list)
        for piece in read_once.pieces:
            if piece.form in _CMDLETS and piece.command:
                asked[piece.server, piece.command.lower()].append(piece)
        for several in (one for one in asked.values() if len(one) > 1):
            lines = ", ".join(str(one.first_line) for one in several)
            name = read_once.file.name
            yield f"{name}: holds {len(several)} outputs of `{several[0].command}` (lines {lines}); the last stands"


def _without_zone(reads: Iterable[Read], captures: Iterable[Capture]) -> Iterator[str]:
    """Yield what is said of archives whose times come from a clock without a zone, where they count."""
    counted = {one.file for one in captures if one.dated == "file"}
    for one in reads:
        if not one.file.zoned and one.file.name in counted:
            archive = next((part for part in one.file.name.split("/") if part.lower().endswith(".zip")), one.file.name)
            yield f"{archive}: its times name no time zone; they were taken as UTC, and may be off by up to 14 hours"
