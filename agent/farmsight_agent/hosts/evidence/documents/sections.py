"""The sections of a JSON evidence file, each there, empty, or not collected."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import Json, items, rows, text
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    UnavailableError,
)

T = TypeVar("T")


def file_of(document: Located) -> str:
    """Return "evidence:FILE" of a document."""
    return document.source.rpartition(":")[0]


def section(document: Located, name: str) -> Json:
    """Return a section; raises what its error entry says, or not-collected when it is not there."""
    errors = document.get("Errors")
    if isinstance(errors, dict) and errors.get(name) is not None:
        raise _error(name, errors[name], file_of(document))
    if name not in document:
        detail = f"no section {name} in {file_of(document).partition(':')[2]}"
        raise UnavailableError("not-collected", detail, source=file_of(document))
    return document[name]


def _error(name: str, entry: Json, source: str) -> NotObservedError:
    where = entry.source if isinstance(entry, Located) else source
    reason = text(entry.get("Reason")) if isinstance(entry, Located) else ""
    message = text(entry.get("Message")) if isinstance(entry, Located) else text(entry)
    detail = f"{name}: {message[:500]}"
    if reason == "not-primary":
        return NotApplicableError(reason, detail, source=where)
    if reason == "denied":
        return DeniedError(reason, detail, source=where)
    return FailedError(reason or "command-failed", detail, source=where)


def one(document: Located, name: str) -> Located:
    """Return a section that is one object; raises FailedError when it is anything else."""
    for found in rows(section(document, name)):
        return found
    raise FailedError("not-understood", f"{name} holds no object", source=file_of(document))


def each(document: Located, name: str) -> Iterator[Located]:
    """Return the objects of a section that is a list, one object, or null for none.

    Raises FailedError when anything else is among them: to pass over it would
    say that nothing is there.
    """
    held = items(section(document, name))
    if not all(isinstance(one, Located) for one in held):
        raise FailedError("not-understood", f"{name} holds what is no object", source=file_of(document))
    return iter(held)


def seen(document: Located, name: str, read: Callable[[Located], T | None]) -> Seen[T]:
    """Return what a section's rows say, each with its line; a row that says nothing is left out."""
    found = [(read(row), row.source) for row in each(document, name)]
    kept = [(value, line) for value, line in found if value is not None]
    return Seen(
        values=tuple(value for value, _ in kept),
        lines=tuple(line for _, line in kept),
        source=file_of(document),
    )


def not_understood(row: Located, what: str) -> FailedError:
    """Return the error for a row without what makes it a fact."""
    return FailedError("not-understood", f"a row without {what}", source=row.source)
