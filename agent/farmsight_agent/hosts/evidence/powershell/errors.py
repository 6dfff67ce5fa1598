"""Error records: what a cmdlet said instead of answering.

The words are translated, the cmdlet's name, CategoryInfo,
FullyQualifiedErrorId and the codes of AD FS ("PS0033") are not.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from farmsight_agent.hosts.evidence.powershell.cmdlets import BY_NAME, SPELLINGS
from farmsight_agent.hosts.evidence.powershell.lines import Line

_HEAD: Final = re.compile(
    r"([A-Za-z]{2,30}-[A-Za-z0-9]{2,60}|[^\s:\"]{1,200}\.ps1|(?:[A-Za-z]:)?\\[^:\"]{1,200}\.ps1) ?: ?(.*)"
)
_DETAIL: Final = re.compile(r"\s*[+*-]\s{1,8}(?:CategoryInfo|FullyQualifiedErrorId)\s*:|\s{0,12}\d{1,6} \|  ?\S")
_LAST: Final = re.compile(r"\s*[+*-]\s{1,8}FullyQualifiedErrorId\s*:")
_CMDLET: Final = re.compile(r"\bGet-[A-Za-z0-9]{3,60}\b", re.IGNORECASE)
_REASONS: Final = (
    ("no-such-command", re.compile(r"\bCommandNotFoundException\b")),
    ("not-primary", re.compile(r"\bPS0033\b")),
    (
        "denied",
        re.compile(
            r"\bPermissionDenied\b|\bSecurityError\b|UnauthorizedAccess|AccessDenied|Authorization_RequestDenied"
            r"|\b0x80070005\b|\bE_ACCESSDENIED\b"
        ),
    ),
)


class Refusal(NamedTuple):
    """What a cmdlet said instead of answering; `cmdlet` is "" where the record does not name it."""

    line: int
    cmdlet: str
    reason: str  # as documents name it: "not-primary", "denied", "no-such-command", "command-failed"
    message: str


def part(lines: Sequence[Line]) -> tuple[list[Refusal], list[Line]]:
    """Return the error records among these lines, and the lines that are left (blank where one stood)."""
    collector = _Records()
    kept = [line if collector.leaves(line) else Line(line.number, "") for line in lines]
    return _joined(collector.all()), kept


class _Records:
    """Gathers the lines of error records."""

    def __init__(self) -> None:
        self._held: list[Line] = []  # of the record that is open
        self._last = False  # its last heading has come; only what is indented still belongs to it
        self._found: list[Refusal] = []

    def leaves(self, line: Line) -> bool:
        """Tell whether a line belongs to no error record."""
        begins = _begins(line.text)
        ended = not line.text or (self._last and not line.text[0].isspace())
        if begins or (ended and not _DETAIL.match(line.text)):
            self._close()
        if not (begins or self._held or _DETAIL.match(line.text)):
            return True
        self._held.append(line)
        self._last = self._last or _LAST.match(line.text) is not None
        return False

    def all(self) -> list[Refusal]:
        """Return the records."""
        self._close()
        return self._found

    def _close(self) -> None:
        if self._held:
            self._found.append(_refusal(self._held))
        self._held, self._last = [], False


def _begins(text: str) -> bool:
    head = _HEAD.match(text) if text and not text[0].isspace() else None
    if head is None:
        return False
    if head[1].lower().endswith(".ps1"):
        return True
    # An article ends a command with a colon; an error says something behind it, or in the lines below.
    return bool(head[2]) and head[1].lower() in BY_NAME


def _refusal(lines: Sequence[Line]) -> Refusal:
    text = "\n".join(line.text for line in lines)[:20_000]
    named = next((found[0].lower() for found in _CMDLET.finditer(text) if found[0].lower() in BY_NAME), "")
    reason = next((reason for reason, pattern in _REASONS if pattern.search(text)), "command-failed")
    head = _HEAD.match(lines[0].text)
    said = " ".join([head[2] if head else lines[0].text, *(line.text.strip() for line in lines[1:4])])
    return Refusal(lines[0].number, SPELLINGS.get(named, ""), reason, said.strip()[:300])


def _joined(found: Sequence[Refusal]) -> list[Refusal]:
    """Put together what blank lines tore apart: details without a head belong to the head before them."""
    joined: list[Refusal] = []
    for one in found:
        if joined and not one.cmdlet:
            before = joined[-1]
            reason = one.reason if before.reason == "command-failed" else before.reason
            joined[-1] = before._replace(reason=reason)
        else:
            joined.append(one)
    return joined
