"""docs/commands.md: every verb of the three programs with its options, from the parsers that read them."""

import argparse
from collections.abc import Iterator
from typing import Final, NamedTuple

from docs.tools.markdown import code, table
from farmsight_agent import cli as agent_cli
from farmsight_collector.cli import collector as collector_cli
from farmsight_collector.cli import main as questions_cli
from farmsight_lab import cli as lab_cli

_HIDDEN: Final = ("-h", "--version")
_FEW: Final = 10  # more choices than these are told by name


class Verb(NamedTuple):
    """One verb that can be typed: the words of it, and the parser of the rest."""

    words: tuple[str, ...]
    help: str
    parser: argparse.ArgumentParser


def programs() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each program by its name, that of the lab in its place below `farmsight`."""
    lab = argparse.ArgumentParser(prog="farmsight lab", description=lab_cli.__doc__)
    lab_cli.add_verbs(lab.add_subparsers(required=True))
    return {
        "farmsight": questions_cli.parser(),
        "farmsight lab": lab,
        "farmsight-collector": collector_cli.parser(),
        "farmsight-agent": agent_cli._parser(),
    }


def verbs(parser: argparse.ArgumentParser, words: tuple[str, ...], text: str = "") -> Iterator[Verb]:
    """Yield every verb below a parser; verbs without a help are not for people."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield Verb(words, text, parser)
    for group in groups:
        helps = {each.dest: each.help or "" for each in group._choices_actions}
        for name, inner in group.choices.items():
            if name in helps:
                yield from verbs(inner, (*words, name), helps[name])


def page() -> str:
    """Return the page."""
    return "\n".join(_page()).rstrip() + "\n"


def _page() -> Iterator[str]:
    yield "# Commands\n"
    yield "Made by `make reference` from the programs' own parsers: what `--help` says, in one place. Exit codes:"
    yield "[exit-codes.md](exit-codes.md). What verbs of one program have in common stands in its first table.\n"
    for program, parser in programs().items():
        yield f"## {program}\n"
        found = [one for one in verbs(parser, (program,)) if one.words != ("farmsight", "lab")]
        shared = _shared(found) if program in {"farmsight", "farmsight-collector"} else []
        if shared:
            yield "Every verb takes:\n" if _everywhere(found, shared) else "Most verbs take:\n"
            yield from _options(shared, found[0].parser)
        for one in found:
            yield from _verb(one, {_signature(each) for each in shared})


def _signature(action: argparse.Action) -> tuple[str, ...]:
    return (*action.option_strings, str(action.help))


def _shared(found: list[Verb]) -> list[argparse.Action]:
    """Return the options that most verbs have alike."""
    counted: dict[tuple[str, ...], int] = {}
    for one in found:
        for action in _own(one.parser):
            counted[_signature(action)] = counted.get(_signature(action), 0) + 1
    return [each for each in _own(found[0].parser) if counted[_signature(each)] > len(found) * 0.7 > 1]


def _everywhere(found: list[Verb], shared: list[argparse.Action]) -> bool:
    wanted = {_signature(each) for each in shared}
    return all(wanted <= {_signature(each) for each in _own(one.parser)} for one in found)


def _own(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [
        each
        for each in parser._actions
        if not set(each.option_strings) & set(_HIDDEN) and each.help is not argparse.SUPPRESS
    ]


def _verb(one: Verb, shared: set[tuple[str, ...]]) -> Iterator[str]:
    yield f"### {' '.join(one.words)}\n"
    said, more = _prose(one.parser.description or one.help)
    yield f"{said[:1].upper()}{said[1:].rstrip('.')}.\n".replace("<", "\\<")
    if more:
        yield f"```text\n{more}\n```\n"
    rest = [each for each in _own(one.parser) if _signature(each) not in shared]
    if rest:
        yield from _options(rest, one.parser)


def _prose(text: str) -> tuple[str, str]:
    """Return the sentences that a description begins with, and the rest as it stands: lists and examples."""
    lines = text.strip().splitlines()
    end = next((n for n, line in enumerate(lines) if not line.strip() or line.startswith((" ", "Example"))), len(lines))
    return " ".join(lines[:end]), "\n".join(lines[end:]).strip("\n")


def _options(actions: list[argparse.Action], parser: argparse.ArgumentParser) -> Iterator[str]:
    formatter = parser._get_formatter()
    rows = ((_spelled(each), formatter._expand_help(each) if each.help else "") for each in actions)
    return table(("option", "does"), ((name, text.replace("<", "\\<").replace("*", "\\*")) for name, text in rows))


def _spelled(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return code(value if action.required else f"[{value}]")
    names = ", ".join(code(f"{name} {value}".strip()) for name in action.option_strings)
    return names + (" (needed)" if action.required else "")


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    shown = action.metavar
    if shown is None:
        few = action.choices and len(list(action.choices)) <= _FEW
        shown = "|".join(map(str, action.choices or ())) if few else action.dest.upper()
    name = shown if isinstance(shown, str) else " ".join(shown)
    return f"{name} ..." if action.nargs in {"*", "+"} else name
