"""Where the answers of captured files come from: one source after the other, and what is said where none answers."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from farmsight_agent.hosts.evidence import contexts
from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import accounts, sections
from farmsight_agent.hosts.evidence.documents.located import Merged
from farmsight_agent.hosts.evidence.documents.recorded import Recording
from farmsight_agent.hosts.evidence.folder import Folder
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.wanted import missing
from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.outcome import NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

T = TypeVar("T")
Read = Callable[[], Seen[T]]
MISSING: Final = frozenset({"file-missing", "not-collected"})


class Sources:
    """What was captured of one server, asked in turn: outputs of commands, documents, what an earlier run recorded."""

    def __init__(self, evidence: Shelf | Path, server_name: str | None = None) -> None:
        """Take what was captured of one server; or a folder, which is looked at anew when it changes."""
        self._shelf: Callable[[], Shelf]
        if isinstance(evidence, Path):
            self._shelf = Folder(evidence, server_name).shelf
        else:
            self._shelf = lambda: evidence
        self._blobs: dict[bytes, bytes] = {}

    def _named(self) -> Sequence[Account]:
        return contexts.together(accounts.accounts(self._document()), self._shelf().named)

    def _document(self) -> Merged:
        return self._shelf().document()

    def _keep(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        self._blobs[digest] = data
        return digest

    def _text(self, form: str, parse: Callable[[Text], Seen[T]]) -> Read[T]:
        """Return a reader of the newest output of a form."""

        def read() -> Seen[T]:
            text = self._shelf().only(form)
            if text is None:
                raise UnavailableError("file-missing")
            return parse(text)

        return read

    def _section(self, name: str, read: Callable[[Any], T | None]) -> Read[T]:
        return lambda: sections.seen(self._document(), name, read)

    def _first(
        self,
        probe: str,
        part: str,
        *readers: Read[T],
        context: facts_pb2.Context.ValueType | None = None,
    ) -> Seen[T]:
        """Return what the first source says that can be read, else what was recorded, else raise what is wrong."""
        self._blobs = {}
        troubles: list[NotObservedError] = []
        for read in readers:
            try:
                found = read()
            except NotObservedError as error:
                troubles.append(error)
                continue
            self._shelf().answered_beside(troubles)
            return found
        recorded = self._recorded_values(probe, part or None, context)
        trouble = worst(troubles)
        if recorded is not None and (trouble is None or trouble.reason in MISSING):
            return recorded
        if trouble is not None:
            raise trouble
        raise self._lack(troubles, probe, part)

    def _lack(self, troubles: Sequence[NotObservedError], probe: str, part: str) -> UnavailableError:
        """Return the error that says what is missing; where a document is there without it, that it says so."""
        lacking = missing(probe, part, self._shelf().server)
        partial = next((one for one in troubles if one.reason == "not-collected"), None)
        recording = self._recording()
        if partial is not None:
            return UnavailableError(partial.reason, f"{partial.detail}: {lacking.detail}", source=partial.source)
        if recording is not None:
            detail = f"no run of {probe} in {recording.source}: {lacking.detail}"
            return UnavailableError("not-collected", detail, source=recording.source)
        return lacking

    def _recording(self) -> Recording | None:
        """Return the newest collected file of this server."""
        found = self._shelf().recordings()
        return found[-1] if found else None

    def _recorded_facts(
        self, probe: str, part: str | None, context: facts_pb2.Context.ValueType | None
    ) -> Seen[facts_pb2.Fact]:
        recording = self._recording()
        assert recording is not None  # asked only where one speaks of the probe
        self._blobs = dict(recording.blobs)
        return recording.facts(probe, part, context)

    def _recorded_values(
        self, probe: str, part: str | None, context: facts_pb2.Context.ValueType | None
    ) -> Seen[Any] | None:
        """Return the values of recorded facts; None where no collected file speaks of the probe."""
        recording = self._recording()
        if recording is None or not recording.speaks_of(probe):
            return None
        seen = self._recorded_facts(probe, part, context)
        values = tuple(getattr(one, str(one.WhichOneof("value"))) for one in seen.values)
        return Seen(values=values, source=seen.source, lines=seen.lines)

    def _of_store(self, read: Read[T], recorded: Read[T]) -> Seen[T]:
        self._blobs = {}
        try:
            return read()
        except UnavailableError as lacking:
            recording = self._recording() if lacking.reason in MISSING else None
            if recording is None or not recording.speaks_of("certificate-stores"):
                raise
            return recorded()

    def _recorded_of_store(self, store: str, field: str, wrap: Callable[[Any], T]) -> Seen[T]:
        seen = self._recorded_facts("certificate-stores", store, None)
        kept = [one for one in seen.values if one.HasField(cast("Any", field))]
        return sourced([(wrap(getattr(one, field)), one.source) for one in kept], seen.source)


def tried(readers: Sequence[Read[T]]) -> tuple[list[Seen[T]], list[NotObservedError]]:
    """Return what each source says, and what is wrong with those that say nothing."""
    found: list[Seen[T]] = []
    troubles: list[NotObservedError] = []
    for read in readers:
        try:
            found.append(read())
        except NotObservedError as error:
            troubles.append(error)
    return found, troubles


def worst(troubles: Sequence[NotObservedError]) -> NotObservedError | None:
    """Return the first trouble with something that is there; None where all merely is missing."""
    return next((one for one in troubles if one.reason not in MISSING), None)
