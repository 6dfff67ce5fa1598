"""A console's text, parted where a command was given: its echo, and what came behind it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.powershell import commands, lines
from farmsight_agent.hosts.evidence.powershell.commands import Command
from farmsight_agent.hosts.evidence.powershell.lines import Line
from farmsight_agent.hosts.evidence.powershell.records import End, end_of

_STARS: Final = re.compile(r"\*{10,}")  # Start-Transcript's headings stand between such lines
_CAPTION: Final = re.compile(r"-{3,}\s*[^-\s](?:.{0,80}[^-\s])?\s*-{3,}")  # "-----Output sample-----"
_FENCE: Final = re.compile(r"\s{0,12}(?:`{3,}|~{3,})\w{0,20}")  # of code in an article


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What came behind one command, or before the first."""

    command: Command | None
    lines: tuple[Line, ...]
    end: End
    last: bool  # the text ends behind it


def stretches(text: Text) -> list[Stretch]:
    """Return the stretches of a text, in their order."""
    parted = list(_parted(lines.single_spaced(lines.plain(text))))
    return [
        Stretch(
            command=command,
            lines=tuple(held),
            end=end_of(held, followed=number < len(parted)),
            last=number == len(parted),
        )
        for number, (command, held) in enumerate(parted, 1)
    ]


def _parted(all_lines: list[Line]) -> Iterator[tuple[Command | None, list[Line]]]:
    command: Command | None = None
    held: list[Line] = []
    filled = False  # something stands in what is held
    for line in all_lines:
        given = _given(line.text)
        if given is None and not _STARS.fullmatch(line.text):
            above = _FENCE.fullmatch(line.text) or (not filled and _CAPTION.fullmatch(line.text))
            held.append(Line(line.number, "") if above else line)
            filled = filled or bool(held[-1].text)
            continue
        if given is not None and commands.is_continued(line.text) and command is not None:
            command = commands.understood(f"{command.text} {given}", command.line)
            continue
        if held or command is not None:
            yield command, held
        command = commands.understood(given, line.number) if given else None
        held, filled = [], False
    if held or command is not None:
        yield command, held


def _given(text: str) -> str | None:
    """Return the command that a line gives ("" for a prompt alone), None for any other line."""
    behind = commands.prompted(text)
    if behind is not None:
        return behind
    return text.strip() if commands.is_command(text) else None
