"""Claim rules printed alone, as the article prints them: below a command that names the trust.

Nothing in the rules says which trust they belong to. The command says it,
or the file's name does; where neither does, it is not known.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents.excerpts import PICKED, Row
from farmsight_agent.hosts.evidence.powershell import listing, rules_text
from farmsight_agent.hosts.evidence.powershell.cmdlets import CLAIMS_PROVIDER, RELYING_PARTY
from farmsight_agent.hosts.evidence.powershell.commands import Command
from farmsight_agent.hosts.evidence.powershell.lines import Line, full_width, is_full
from farmsight_agent.hosts.evidence.powershell.rules_text import Piece
from farmsight_agent.hosts.evidence.powershell.values import is_rules

# The article's file names, and the trusts that its commands ask for.
_BY_FILE: Final = (
    (re.compile(r"claimstrust", re.IGNORECASE), CLAIMS_PROVIDER, "Active Directory"),
    (re.compile(r"rptrust", re.IGNORECASE), RELYING_PARTY, "Microsoft Office 365 Identity Platform"),
)
_PROPERTIES: Final = {CLAIMS_PROVIDER: "AcceptanceTransformRules", RELYING_PARTY: "IssuanceTransformRules"}


def printed(lines: Sequence[Line]) -> list[Line]:
    """Return those lines that are rules printed alone, or nothing."""
    first = next((at for at, line in enumerate(lines) if line.text), None)
    if first is None or listing.label(lines[first].text) or not rules_text.reads_as_rule(lines[first].text):
        return []
    # What follows the last rule is a rule that breaks off, or is no rule at all.
    last = next((at for at in range(len(lines) - 1, first, -1) if ";" in lines[at].text), first)
    tail = next((line.text for line in lines[last + 1 :] if line.text), "")
    held = lines[first:] if rules_text.reads_as_rule(tail) else lines[first : last + 1]
    return list(held) if rules_text.holds_rules("\n".join(line.text for line in held)) else []


def row(lines: Sequence[Line], command: Command | None, text: Text) -> tuple[str, Row] | None:
    """Return the cmdlet and the row of rules printed alone; None where nothing says whose they are."""
    width = full_width(lines)
    margin = min(len(line.text) - len(line.text.lstrip()) for line in lines if line.text)
    rules = rules_text.whole([Piece(line.text[margin:], is_full(line.text, width)) for line in lines])
    source = text.at(lines[0].number)
    named = _of_command(command)
    if named is not None:
        cmdlet, values = named
        asked = command.expanded if command is not None and is_rules(command.expanded) else _PROPERTIES[cmdlet]
        return cmdlet, Row.of({**values, asked: rules}, source, PICKED)
    for pattern, cmdlet, name in _BY_FILE:
        if pattern.search(text.name.rpartition("/")[2]):
            return cmdlet, Row.of({"Name": name, _PROPERTIES[cmdlet]: rules}, source, PICKED)
    return None


def _of_command(command: Command | None) -> tuple[str, dict[str, Any]] | None:
    if command is None or command.cmdlet not in _PROPERTIES:
        return None
    if command.identifier:
        named: dict[str, Any] = {"Identifier": [command.identifier]}
        return command.cmdlet, named | ({"Name": command.name} if command.name else {})
    return (command.cmdlet, {"Name": command.name}) if command.name else None
