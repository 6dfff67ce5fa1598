"""The documents of one go put together: who speaks for a section, and what becomes of what is said twice.

A section comes from the best kind of document that has it. Documents of one
kind complete each other: of an object that both show, the later one's
properties stand.
"""

from typing import Any, Final

from farmsight_agent.hosts.evidence.documents.excerpts import Row
from farmsight_agent.hosts.evidence.documents.located import Located, Merged
from farmsight_agent.hosts.evidence.documents.shapes import text
from farmsight_agent.hosts.evidence.powershell import cmdlets

_BY_NAME: Final = frozenset({"federationConfiguration"})  # sections that are objects with a key for each answer
# Properties that together tell an object of any cmdlet from the others of it.
_TELLING: Final = frozenset(
    {
        "name", "identifier", "hostname", "portnumber", "certificatetype", "thumbprint", "addresspath", "fqdn", "id",
        "domainname", "domain", "issuer",
    }
)  # fmt: skip


def add(merged: Merged, document: Located, form: str, rank: dict[str, str]) -> None:
    """Add a document's sections; `rank` keeps the form that each section came from, the best come first."""
    _add_errors(merged, document.get("Errors"))
    for name, value in document.items():
        if name == "Errors":
            continue
        if name not in merged:
            merged[name], rank[name] = value, form
            merged.files[name] = document.source.rpartition(":")[0]
            _answered(merged, document, name)
        elif name in _BY_NAME and isinstance(value, Located) and isinstance(merged[name], Located):
            merged[name] = _joined(merged[name], value)
        elif rank[name] == form and isinstance(merged[name], list) and isinstance(value, list):
            merged[name] = _together(name, merged[name], value)


def _answered(merged: Merged, document: Located, name: str) -> None:
    """Forget what another document said of why a section was refused: it is here."""
    own, held = document.get("Errors"), merged.get("Errors")
    if isinstance(held, dict) and not (isinstance(own, dict) and name in own):
        held.pop(name, None)


def _together(name: str, earlier: list[Any], later: list[Any]) -> list[Any]:
    """Return the objects of two listings of one cmdlet, each once."""
    cmdlet = cmdlets.BY_NAME.get(name.lower())
    if cmdlet is None or not all(isinstance(one, Located) for one in (*earlier, *later)):
        return [*earlier, *later]
    found: dict[object, Any] = {}
    for number, one in enumerate((*earlier, *later)):
        key = "" if cmdlet.single else _identity(one, cmdlet.key) or number
        found[key] = _updated(found[key], one) if key in found else one
    return list(found.values())


def _identity(row: Located, key: tuple[str, ...]) -> tuple[str, ...]:
    """Return what tells an object from the others; nothing where it does not show it."""
    told = {name.lower(): text(value).lower() for name, value in row.items() if name.lower() in _TELLING}
    return tuple(f"{name}={told[name]}" for name in sorted(told)) if any(told.get(name) for name in key) else ()


def _updated(earlier: Located, later: Located) -> Located:
    """Return the later object with what only the earlier one shows; it is of a whole listing if one of both is."""
    if isinstance(earlier, Row) and isinstance(later, Row):
        row = Row.of({**earlier, **later}, later.source, later.rest and earlier.rest)
        row.begins = {**earlier.begins, **later.begins}
        return row
    return _joined(later, earlier)


def _joined(one: Located, other: Located) -> Located:
    found = Located({**other, **one})
    found.source = one.source
    return found


def _add_errors(merged: Located, errors: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(errors, dict):
        return
    held = merged.setdefault("Errors", Located())
    for name, entry in errors.items():
        if name not in merged:  # what a better document answered is answered
            held.setdefault(name, entry)
