"""Commands as pages show them, and whether the programs would take them: by their own parsers, without running any."""

import argparse
import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from docs.tools import commands

ROOT: Final = Path(__file__).parents[2]
_FENCE: Final = re.compile(r"^\s*(```+|~~~+)")
_INDENTED: Final = re.compile(r"^(?: {4}|\t)\s*(\S.*)$")
_SPAN: Final = re.compile(r"(`+)(.+?)\1")
# What may stand before a program: a prompt, variables, sudo, the folder that it lies in.
_BEFORE: Final = re.compile(
    r"^(?:[$#>]\s+|PS[^>]*>\s*|&\s+|sudo\s+(?:-u\s+\S+\s+)?|docker compose exec \S+\s+|[A-Z][A-Z_]*=\S*\s+)+"
)
_PROGRAM: Final = re.compile(
    r"^\"?(?:[\w.:/\\~-]|\w (?=\w+[\\/]))*?(farmsight(?:-agent|-collector)?)(?:\.exe|\.cmd)?\"?(?=\s|$)"
)
_MAKE: Final = re.compile(r"^make(?:\s+[A-Z]+=\S+)*\s+([a-z][\w-]*)")
_TARGET: Final = re.compile(r"^([a-z][\w-]*):", re.MULTILINE)
_ENDS: Final = re.compile(r"\s(?:#|\||<|>|>>|2>|&&|&|\|\||;|->|→)(?:\s|$)|\s{3,}\S|\s\(")
_PLACEHOLDER: Final = re.compile(r"^\[?<?[A-Z][A-Z0-9_.-]*>?\]?$")
_MENTIONED: Final = re.compile(r"invalid choice: '[A-Z]+'")


class Command(NamedTuple):
    """One command where it stands."""

    file: Path
    line: int
    text: str
    mention: bool  # in the middle of a sentence, where `farmsight analyze` may stand for the verb itself


def of_page(file: Path) -> Iterator[Command]:
    """Yield every command of ours that a page shows: in blocks, and in the middle of a sentence."""
    fenced, held, began = False, "", 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if _FENCE.match(line):
            fenced, held = not fenced, ""
            continue
        block = line if fenced else (_INDENTED.match(line) or [None, None])[1]
        if block is None:
            yield from (Command(file, number, span[2], mention=True) for span in _SPAN.finditer(line) if " " in span[2])
            continue
        began, text = (began, held + block.strip()) if held else (number, block.strip())
        goes_on = text.endswith(("\\", " ^", " `"))
        held = text[:-1].rstrip() + " " if goes_on else ""
        if not goes_on:
            yield from (Command(file, began, part, mention=False) for part in re.split(r"\s(?:&&|\|\|)\s|\s?;\s", text))


def problem(command: Command) -> str:
    """Return what is wrong with a command, "" when nothing is or it is none of ours."""
    text = _BEFORE.sub("", command.text.strip())
    if made := _MAKE.match(text):
        return "" if made[1] in _targets() else f"there is no target {made[1]} in the Makefile"
    program = _PROGRAM.match(text)
    if program is None:
        return ""
    rest = text[program.end() :]
    if end := _ENDS.search(rest):
        rest = rest[: end.start()]
    if command.mention and _only_names(program[1], rest.split()):
        return ""
    return _refused(program[1], rest) if rest.strip(" .") else ""


def _only_names(program: str, words: list[str]) -> bool:
    """Tell whether these are a verb's name and no more, or with placeholders for words to choose from."""
    if program == "farmsight" and words[:1] == ["lab"]:
        program, words = "farmsight lab", words[1:]
    parser = _programs()[program]
    for word in words:
        groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
        if not groups:
            return bool(re.fullmatch(r"[A-Z]+", word)) and bool(_MENTIONED.search(_refused(program, " ".join(words))))
        if word not in groups[0].choices:
            return word.isupper()
        parser = groups[0].choices[word]
    return True


def _refused(program: str, rest: str) -> str:
    try:
        words = shlex.split(rest.replace("\\", "\\\\"))
    except ValueError as error:
        return str(error)
    words = [_one_of(word) for word in words if word not in {"...", "…"}]
    if program == "farmsight" and words[:1] == ["lab"]:
        program, words = "farmsight lab", words[1:]
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            _programs()[program].parse_args(words)
    except SystemExit as ended:
        return "" if not ended.code else said.getvalue().strip().splitlines()[-1][:300]
    return ""


def _one_of(word: str) -> str:
    """Return the first of what may be chosen from, as in `--form article|script`."""
    first = word.partition("|")[0]
    return "5" if first == "N" else first.strip("[]") if _PLACEHOLDER.match(first) else first


@cache
def _programs() -> dict[str, argparse.ArgumentParser]:
    return commands.programs()


@cache
def _targets() -> frozenset[str]:
    return frozenset(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
