"""What was captured of one server: its outputs by form, read again when they are asked for."""

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar, cast

from farmsight_agent.hosts.evidence.capture import Capture, Text, Trouble, with_plain_ends
from farmsight_agent.hosts.evidence.documents import entra, kinds, merging
from farmsight_agent.hosts.evidence.documents.located import Located, Merged, load, load_any
from farmsight_agent.hosts.evidence.documents.recorded import Recording
from farmsight_agent.hosts.evidence.intake.decoding import printed
from farmsight_agent.hosts.evidence.intake.files import EvidenceFile
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits
from farmsight_agent.hosts.evidence.powershell import document as powershell
from farmsight_agent.hosts.evidence.powershell import rules_listing
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, UnavailableError

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)
RECORDED: Final = "farmsight-facts"
_KEPT: Final = 4096  # answers of readers; several questions are answered from one output
# In this order one speaks for a section: the script's JSON, single cmdlets, other tools, text.
_DOCUMENTS: Final = ("sections", "tenant", "cmdlet", "toolbox", "powershell-text", "powershell-rules")
_TEXTS: Final[Mapping[str, Callable[[Text], Located]]] = {
    "powershell-text": powershell.read,
    "powershell-rules": rules_listing.read,
}
_KINDS: Final[Mapping[str, type[NotObservedError]]] = {
    "private-key-in-file": UnavailableError,
    "file-not-readable": DeniedError,
}
_NOT_HERE: Final = frozenset({"file-missing", "not-collected"})


class Shelf:
    """The captures of one server, of one go."""

    def __init__(
        self,
        server: str,
        captures: Iterable[Capture],
        files: Mapping[str, EvidenceFile],
        *,
        where: str = "",
        limits: IntakeLimits | None = None,
        named: Sequence[Account] = (),
    ) -> None:
        """Take the captures and the files that they stand in; `where` is what people know the place as.

        `named` are the accounts that other evidence of the server lists.
        """
        self.server = server
        self.named = named
        self.troubles: list[NotObservedError] = []  # with what is here, where something else answered
        self.captures = tuple(captures)
        self.where = where
        self._files = files
        self._limits = limits or IntakeLimits()
        self._document: Merged | None = None
        self._last = Text(name="", text="")  # outputs of one file follow each other
        self._last_line = 0
        self._lines: list[str] = []  # of the last file, where it holds several outputs
        self._results: dict[str, dict[Hashable, object]] = {}

    def of(self, *forms: str) -> list[Capture]:
        """Return the captures of these forms, in the order of the forms, then of files and lines."""
        found = [one for one in self.captures if one.form in forms]
        return sorted(found, key=lambda one: (forms.index(one.form), one.file, one.first_line))

    def data(self, capture: Capture) -> bytes:
        """Return the bytes of a capture's file; raises NotObservedError."""
        if capture.trouble is not None:
            raise _refusal(capture.file, capture.trouble)
        try:
            return self._files[capture.file].read(self._limits.max_file_bytes)
        except KeyError as error:
            raise UnavailableError("file-missing", capture.file, source=f"evidence:{capture.file}") from error

    def text(self, capture: Capture) -> Text:
        """Return the text of a capture; raises NotObservedError."""
        if capture.trouble is not None:
            raise _refusal(capture.file, capture.trouble)
        if self._last.name != capture.file:
            whole, encoding = printed(self.data(capture))
            self._last = Text(name=capture.file, text=with_plain_ends(whole), encoding=encoding)
            self._lines = []
            self._last_line = self._last.last_line
        if not capture.last_line or (capture.first_line == 1 and capture.last_line >= self._last_line):
            return self._last
        self._lines = self._lines or self._last.lines()
        inner = "\n".join(self._lines[capture.first_line - 1 : capture.last_line])
        return replace(self._last, text=inner, first_line=capture.first_line)

    def once(self, kind: str, about: Hashable, read: Callable[[], T], *, kept: int = _KEPT) -> T:
        """Return what a reader gives; it is not asked again while its answer is one of the last `kept` of its kind.

        That it can't be read is an answer as well: NotObservedError is raised again.
        """
        held = self._results.setdefault(kind, {})
        if about not in held:
            answer = _answer(read)
            while len(held) >= kept:
                del held[next(iter(held))]
            held[about] = answer
        value, refused = cast("tuple[T, NotObservedError | None]", held[about])
        if refused is not None:
            raise _anew(refused)
        return value

    def forget(self) -> None:
        """Give up what was read; it is read again when it is asked for."""
        self._document, self._last, self._lines = None, Text(name="", text=""), []
        self._results.clear()

    def answered_beside(self, troubles: Iterable[NotObservedError]) -> None:
        """Keep what is wrong with files that are here, where others answered what was asked."""
        self.troubles += [one for one in troubles if one.reason not in _NOT_HERE]

    def only(self, form: str) -> Text | None:
        """Return the text that stands for a form: the last one, where something was captured anew; None for none."""
        found = self.of(form)
        return self.text(found[-1]) if found else None

    def document(self) -> Merged:
        """Return all sections of all documents as one; a section comes from the best kind of document that has it.

        Of a document that can't be read, what is wrong with it is kept, to be said of the sections it would have had.
        """
        if self._document is None:
            self._document = self._merged()
        return self._document

    def _merged(self) -> Merged:
        merged = Merged(self.where or self.server)
        rank: dict[str, str] = {}
        for capture in self.of(*_DOCUMENTS):
            try:
                document = self._read(capture)
            except NotObservedError as error:
                merged.broken.append((capture.file, error))
                self.troubles.append(error)
                continue
            merging.add(merged, document, capture.form, rank)
        return merged

    def _read(self, capture: Capture) -> Located:
        text = self.text(capture)
        reader = _TEXTS.get(capture.form, _json)
        try:
            document = reader(text)
            return entra.by_name(document) if capture.form == kinds.TENANT else document
        except NotObservedError:
            raise
        except Exception as bug:  # one reader's fault must not silence the others
            _LOG.exception("%s could not be read", capture.file)
            detail = f"{capture.file}: {type(bug).__name__}: {bug}"
            raise FailedError("reader-failed", detail, source=text.at(1)) from bug

    def recordings(self) -> Sequence[Recording]:
        """Return what `farmsight-agent collect` wrote, the newest last."""
        found = [self.once(RECORDED, one, partial(self._recording, one)) for one in self.of(RECORDED)]
        return sorted(found, key=lambda one: one.collected_at)

    def _recording(self, capture: Capture) -> Recording:
        return Recording(load(self.text(capture)))


def _json(text: Text) -> Located:
    return kinds.as_document(load_any(text), text)


def in_turn(shelves: Sequence[Shelf]) -> Iterator[Shelf]:
    """Yield shelves so that no more than one of several holds what it read."""
    for shelf in shelves:
        yield shelf
        if len(shelves) > 1:
            shelf.forget()


def _answer(read: Callable[[], T]) -> tuple[T | None, NotObservedError | None]:
    try:
        return read(), None
    except NotObservedError as error:
        return None, _anew(error)


def _anew(error: NotObservedError) -> NotObservedError:
    """Return the same error without a trace, which would hold all that was read when it was raised."""
    return type(error)(error.reason, error.detail, source=error.source)


def _refusal(file: str, trouble: Trouble) -> NotObservedError:
    """Return the error of a file that was found unreadable when it was first looked at."""
    kind = _KINDS.get(trouble.reason, FailedError)
    place = f"{file}:{trouble.line}" if trouble.line else file
    return kind(trouble.reason, trouble.detail, source=f"evidence:{place}")
