"""Commands as prompts and articles echo them: which cmdlet was asked, for what, and for all or for some."""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.powershell.cmdlets import BY_NAME, SPELLINGS

_PROMPT: Final = re.compile(
    r"(?:\[[^\]]{1,260}\]: ?)?(?:PS(?: [^<>|\"*?]{0,260})?|(?:[A-Za-z]:\\|\\\\)[^<>|\"*?]{0,260})> ?(.*)"
)
_CONTINUED: Final = re.compile(r">> ?(.*)")
_ALONE: Final = re.compile(r" {0,8}\(*(?:\$\w{1,40} ?= ?)?(Get-[A-Za-z0-9]{3,60})\b(?! ?: ?\S)(?!-)")
_CMDLET: Final = re.compile(r"\bGet-[A-Za-z0-9]{3,60}\b", re.IGNORECASE)
_PARAMETER: Final = re.compile(
    r"""-([A-Za-z]{2,40})(?:[ :]+("[^"]{0,300}"|'[^']{0,300}'|[^\s|;)"'-][^\s|;)"']{0,300}))?"""
)
_PROPERTY: Final = re.compile(r"\)\.([A-Za-z]{2,60})\b|-exp[a-z]{0,12}[ :]+([A-Za-z]{2,60})\b", re.IGNORECASE)
_PICKING: Final = re.compile(
    r"\|\s*(?:\?|where(?:-object)?\b|%|foreach(?:-object)?\b|find\b|sls\b|group(?:-object)?\b)|\.(?:where|foreach)\("
    r"|\[-?\d+(?:\.\.-?\d+)?[\],]|-(?:first|last|skip|skiplast|index|unique)\b|\bselect-string\b|\bfindstr\b",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"(?<!=)>(?!=)|^\s*\$\w+\s*=|\b(?:out-file|set-content|add-content|tee-object|clip|out-gridview|export-\w+|out-null)\b",
    re.IGNORECASE,
)
# Parameters that leave nothing out.
_ALL: Final = frozenset({"verbose", "debug", "erroraction", "warningaction", "ea", "wa", "domainname", "domainid",
                         "tenantid", "all", "computername", "cimsession"})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Command:
    """An echoed command line. `cmdlet` is "" where it asks for none that is known here."""

    line: int
    text: str
    cmdlet: str = ""
    picks: bool = False  # for some objects only
    elsewhere: bool = False  # what it prints does not come here
    domain: str = ""
    name: str = ""
    identifier: str = ""
    expanded: str = ""  # the one property of which it prints the value alone


def prompted(line: str) -> str | None:
    """Return what stands behind a prompt ("" for a bare one), None for a line without one."""
    if len(line) > 4096 or ">" not in line:
        return None
    found = _CONTINUED.match(line) or _PROMPT.match(line)
    return found[1].strip() if found else None


def is_continued(line: str) -> bool:
    """Tell whether a prompt asks for the rest of a command."""
    return line.startswith(">>")


def is_command(line: str) -> bool:
    """Tell whether a line without a prompt is a command all the same: it begins with a cmdlet known here."""
    found = _ALONE.match(line)
    return found is not None and found[1].lower() in BY_NAME


def understood(text: str, line: int) -> Command:
    """Return what a command asks for."""
    cmdlet = next((found for found in _CMDLET.finditer(text[:4096]) if found[0].lower() in BY_NAME), None)
    if cmdlet is None:
        return Command(line=line, text=text)
    asked, _, _ = text[cmdlet.end() : 4096].partition("|")
    given = {key.lower(): value.strip("\"'") for key, value in _PARAMETER.findall(asked)}
    expanded = _PROPERTY.search(text[:4096])
    return Command(
        line=line,
        text=text,
        cmdlet=SPELLINGS[cmdlet[0].lower()],
        picks=bool(given.keys() - _ALL) or _is_positional(asked) or _PICKING.search(text[:4096]) is not None,
        elsewhere=_ELSEWHERE.search(text[:4096]) is not None,
        domain=(given.get("domainname") or given.get("domainid") or "").lower(),
        name=given.get("name") or given.get("targetname") or "",
        identifier=given.get("identifier") or given.get("targetidentifier") or "",
        expanded=(expanded[1] or expanded[2]) if expanded else "",
    )


def _is_positional(asked: str) -> bool:
    """Tell whether the cmdlet is given something without a parameter's name."""
    first = asked.lstrip(" )").partition(" ")[0]
    return bool(first) and first[0] not in "-|;.:)}#" and first != "2>&1"
