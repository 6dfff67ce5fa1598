"""The sections of a JSON evidence file, each there, empty, or not collected."""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.documents.located import Located, Merged
from farmsight_agent.hosts.evidence.documents.shapes import Json, items, rows, text
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    TimedOutError,
    UnavailableError,
)

T = TypeVar("T")

# What became of a cmdlet, by the reason of its error entry; any other reason is a failure.
_KINDS: Final[dict[str, type[NotObservedError]]] = {
    "not-primary": NotApplicableError,
    "not-in-this-version": NotApplicableError,
    "denied": DeniedError,
    "timed-out": TimedOutError,
    "module-missing": UnavailableError,
    "service-stopped": UnavailableError,
}
# What a broken file would have held, by the end of its name; one of another name may have held anything.
_OF_FILE: Final = (
    ("_adfs.json", re.compile(r"Get-Adfs")),
    ("_wap.json", re.compile(r"Get-WebApplicationProxy|Proxy(?:Service|TrustCertificates)$")),
    ("_host.json", re.compile(r"(?!Get-|ProxyService|ProxyTrust)[A-Z]")),
    ("entra.json", re.compile(r"[a-z]|Get-(?:Entra|AzureAD|Msol|Mg)")),
)


def file_of(document: Located, name: str = "") -> str:
    """Return "evidence:FILE" of a document, or of one of its sections."""
    if isinstance(document, Merged) and name in document.files:
        return document.files[name]
    return document.source.rpartition(":")[0]


def section(document: Located, name: str) -> Json:
    """Return a section; raises what its error entry says, or not-collected when it is not there."""
    errors = document.get("Errors")
    if isinstance(errors, dict) and errors.get(name) is not None:
        raise _error(name, errors[name], file_of(document))
    if name not in document:
        if isinstance(document, Merged):
            _raise_if_broken(document, name)
            if not _has_relatives(document, name):
                raise UnavailableError("file-missing", f"no file with {name} is here", source=file_of(document))
        detail = f"no section {name} in {file_of(document).partition(':')[2]}"
        raise UnavailableError("not-collected", detail, source=file_of(document))
    return document[name]


def _has_relatives(document: Merged, name: str) -> bool:
    """Tell whether a document is here of the kind that has such a section."""
    family = next((held for _, held in _OF_FILE if held.match(name)), None)
    return family is not None and any(family.match(one) for one in document.files)


def _raise_if_broken(document: Merged, name: str) -> None:
    """Raise what is wrong with the file that would have held the section, where one could not be read."""
    for file, error in document.broken:
        known = next((held for end, held in _OF_FILE if file.lower().endswith(end)), None)
        if known is None or known.match(name):
            raise error


def _error(name: str, entry: Json, source: str) -> NotObservedError:
    where = entry.source if isinstance(entry, Located) else source
    reason = text(entry.get("Reason")) if isinstance(entry, Located) else ""
    message = text(entry.get("Message")) if isinstance(entry, Located) else text(entry)
    detail = f"{name}: {message[:500]}"
    return _KINDS.get(reason, FailedError)(reason or "command-failed", detail, source=where)


def one(document: Located, name: str) -> Located:
    """Return a section that is one object; raises FailedError when it is anything else."""
    for found in rows(section(document, name)):
        return found
    raise FailedError("not-understood", f"{name} holds no object", source=file_of(document, name))


def each(document: Located, name: str) -> Iterator[Located]:
    """Return the objects of a section that is a list, one object, or null for none.

    Raises FailedError when anything else is among them: to pass over it would
    say that nothing is there.
    """
    held = items(section(document, name))
    if not all(isinstance(one, Located) for one in held):
        raise FailedError("not-understood", f"{name} holds what is no object", source=file_of(document, name))
    return iter(held)


def seen(document: Located, name: str, read: Callable[[Located], T | None]) -> Seen[T]:
    """Return what a section's rows say, each with its line; a row that says nothing is left out."""
    found = ((read(row), row.source) for row in each(document, name))
    return sourced(((value, line) for value, line in found if value is not None), file_of(document, name))


def not_understood(row: Located, what: str) -> FailedError:
    """Return the error for a row without what makes it a fact."""
    return FailedError("not-understood", f"a row without {what}", source=row.source)
