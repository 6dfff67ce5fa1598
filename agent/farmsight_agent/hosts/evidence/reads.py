"""One file read once: which outputs it holds and where they stand; nothing else of it is kept."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from farmsight_agent.hosts.evidence.capture import CERTIFICATES, Text, Trouble
from farmsight_agent.hosts.evidence.documents import kinds
from farmsight_agent.hosts.evidence.documents.located import load_any
from farmsight_agent.hosts.evidence.intake.decoding import printed
from farmsight_agent.hosts.evidence.intake.entries import EvidenceFile, Refused
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits, looks_binary
from farmsight_agent.hosts.evidence.intake.private_keys import private_key_line
from farmsight_agent.hosts.evidence.powershell import document as powershell
from farmsight_agent.hosts.evidence.promises import promised_by_name
from farmsight_agent.hosts.evidence.recognise import Found, is_json, recognise
from farmsight_agent.hosts.evidence.stores.exported import looks_exported
from farmsight_agent.outcome import FailedError, NotObservedError

_LOG: Final = logging.getLogger(__name__)
_HEAD: Final = 4096
# A file that was refused for one of these is what its name says, and can't be read; others may not even be its own.
_OF_CONTENT: Final = frozenset({"too-large", "not-readable", "password-protected", "unsupported-compression"})
_OF_TENANT: Final = ("Get-Entra", "Get-AzureAD", "Get-Msol", "Get-Mg")


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A file, or lines of one, that says nothing here, and why."""

    file: str
    reason: str  # machine word: "not-understood", "whose-unknown", "private-key-in-file", ...
    detail: str = ""
    resembles: str = ""
    line: int = 0  # 0: the whole file


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One output in a file: where it stands, and what it tells of itself; `trouble` where it can't be read."""

    form: str
    first_line: int = 1
    last_line: int = 0  # 0: to the end of the file
    command: str = ""  # that is echoed above it
    about: str = ""
    server: str = ""
    account: str = ""
    when: datetime | None = None
    titled: str = ""
    elsewhere: bool = False
    of_tenant: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, kw_only=True)
class Read:
    """One file after its first reading."""

    file: EvidenceFile
    pieces: tuple[Piece, ...]
    leftovers: tuple[Leftover, ...] = ()
    encoding: str = ""
    digest: bytes = b""  # of its bytes, where they were read


def refused(one: Refused) -> Read:
    """Return what was seen and is not read; its reader says so again where the name promises something."""
    left = Leftover(file=one.name, reason=one.reason, detail=one.detail)
    file = EvidenceFile(name=one.name, size=0, modified=None, state=(one.reason,), reader=_nothing(one))
    trouble = Trouble(reason=one.reason, detail=f"{one.name}: {one.detail}")
    pieces = _promised(one.name, trouble) if one.reason in _OF_CONTENT else ()
    return Read(file=file, pieces=pieces, leftovers=(left,))


def read(file: EvidenceFile, limits: IntakeLimits) -> Read:
    """Return what a file holds. Never raises: what can't be read is said in a leftover."""
    try:
        data = file.read(limits.max_file_bytes)
    except NotObservedError as error:
        return _troubled(file, error.reason, error.detail)
    key = private_key_line(data)
    if key is not None:
        detail = "holds a private key; nothing of the file was kept. Export certificates only."
        return _troubled(file, "private-key-in-file", detail, key)
    if looks_exported(data):
        return Read(file=file, pieces=(Piece(form=CERTIFICATES),), digest=hashlib.sha256(data).digest())
    if not data.strip(b" \t\r\n\0"):
        return _empty(file)
    if len(data) > limits.max_text_bytes and not is_json(printed(data[:_HEAD])[0]):
        return _troubled(file, "too-large", f"over {limits.max_text_bytes} bytes, more than any command prints")
    if looks_binary(data[:_HEAD]):
        return _troubled(file, "not-understood", "binary, of no kind known here")
    return _text(file, data)


def _text(file: EvidenceFile, data: bytes) -> Read:
    text, encoding = printed(data)
    try:
        found = recognise(Text(name=file.name, text=text, encoding=encoding))
        pieces = tuple(_piece(one) for one in found if one.form is not None)
    except Exception as bug:  # one reader's fault must not silence the others
        _LOG.exception("what %s holds could not be told", file.name)
        return _troubled(file, "reader-failed", f"{type(bug).__name__}: {bug}")
    return Read(
        file=file,
        pieces=pieces,
        leftovers=tuple(_left_over(file.name, found)),
        encoding=encoding,
        digest=hashlib.sha256(data).digest(),
    )


def _nothing(one: Refused) -> Callable[[int], bytes]:
    def read(_limit: int) -> bytes:
        raise FailedError(one.reason, f"{one.name}: {one.detail}", source=f"evidence:{one.name}")

    return read


def _troubled(file: EvidenceFile, reason: str, detail: str, line: int = 0) -> Read:
    left = Leftover(file=file.name, reason=reason, detail=detail, line=line)
    place = f"{file.name}:{line}" if line else file.name
    said = detail if detail.startswith(file.name) else f"{place}: {detail}"
    return Read(
        file=file, pieces=_promised(file.name, Trouble(reason=reason, detail=said, line=line)), leftovers=(left,)
    )


def _empty(file: EvidenceFile) -> Read:
    """Return an empty file: an exported store without certificates, a command that printed nothing, or nothing."""
    form = promised_by_name(file.name)
    if form is None:
        left = Leftover(file=file.name, reason="not-understood", detail="an empty file")
        return Read(file=file, pieces=(), leftovers=(left,))
    trouble = Trouble(reason="not-understood", detail=f"{file.name}:1: an empty file", line=1)
    return Read(file=file, pieces=(Piece(form=form, trouble=None if form == CERTIFICATES else trouble),))


def _promised(name: str, trouble: Trouble) -> tuple[Piece, ...]:
    form = promised_by_name(name)
    return () if form is None else (Piece(form=form, trouble=trouble),)


def _piece(found: Found) -> Piece:
    assert found.form is not None
    return Piece(
        form=found.form,
        first_line=found.text.first_line,
        last_line=found.text.last_line,
        command=found.command,
        about=found.about,
        server=found.server,
        account=found.account,
        when=found.when,
        titled=found.titled,
        elsewhere=found.elsewhere,
        of_tenant=_is_of_tenant(found),
    )


def _is_of_tenant(found: Found) -> bool:
    """Tell whether an output is the tenant's, whoever asked for it and wherever."""
    if found.form == kinds.TENANT:
        return True
    try:
        if found.form == "powershell-text":
            document = powershell.read(found.text)
        elif found.form == kinds.CMDLET:
            document = kinds.as_document(load_any(found.text), found.text)
        else:
            return False
    except NotObservedError:
        return False
    asked = [*document, *(document["Errors"] if isinstance(document.get("Errors"), dict) else ())]
    names = [name for name in asked if name != "Errors"]
    return bool(names) and all(name.startswith(_OF_TENANT) for name in names)


def _left_over(name: str, found: list[Found]) -> Iterator[Leftover]:
    for one in found:
        if one.form is None:
            line = 0 if len(found) == 1 else one.text.first_line
            yield Leftover(file=name, reason="not-understood", resembles=one.resembles, line=line)
