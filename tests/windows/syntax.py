"""A PowerShell script as its syntax tree: commands, parameters, variables, members, tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_powershell.language()))
_BLOCKS = {"function_statement"}


def text(node: Node) -> str:
    return (node.text or b"").decode()


def line(node: Node) -> int:
    return node.start_point.row + 1


def every(node: Node, *kinds: str, into: bool = True) -> Iterator[Node]:
    """Yield the node and all below it that are of these kinds; not into functions where told so."""
    if not kinds or node.type in kinds:
        yield node
    for child in node.children:
        if into or child.type not in _BLOCKS:
            yield from every(child, *kinds, into=into)


def bare(node: Node) -> Node:
    """Return what an expression holds once the levels of precedence without an operator are peeled off."""
    while len(node.children) == 1 and node.type.endswith(("_expression", "_chain", "pipeline")):
        node = node.children[0]
    return node


def unquoted(written: str) -> str:
    """Return the text of a plain string literal, or the word itself."""
    if len(written) > 1 and written[0] == written[-1] == "'":
        return written[1:-1].replace("''", "'")
    if len(written) > 1 and written[0] == written[-1] == '"':
        return written[1:-1]
    return written


@dataclass(frozen=True)
class Command:
    """One call: its name, the parameters with what stands behind each, and what stands alone."""

    node: Node
    name: str
    named: dict[str, str]
    positional: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    name: str
    node: Node

    @cached_property
    def parameters(self) -> dict[str, tuple[str, bool]]:
        """Type and whether there is a default, by name in lower case."""
        found = {}
        for one in every(self.node, "script_parameter", into=False):
            variable = next(child for child in one.children if child.type == "variable")
            kinds = [text(kind) for kind in every(one, "type_literal")]
            default = any(child.type == "script_parameter_default" for child in one.children)
            found[text(variable).lstrip("$").lower()] = (kinds[-1] if kinds else "", default)
        return found

    @property
    def lines(self) -> int:
        return self.node.end_point.row - self.node.start_point.row + 1


class Script:
    def __init__(self, path: Path) -> None:
        self.bytes = path.read_bytes()
        self.text = self.bytes.decode("ascii")
        self.root = _PARSER.parse(self.bytes).root_node

    def faults(self) -> list[str]:
        """What the grammar does not take."""
        return [
            f"{line(node)}: {'missing ' if node.is_missing else ''}{node.type}: {text(node)[:60]!r}"
            for node in every(self.root)
            if node.is_error or node.is_missing
        ]

    @cached_property
    def functions(self) -> dict[str, Function]:
        found: dict[str, Function] = {}
        for node in every(self.root, "function_statement"):
            name = text(next(child for child in node.children if child.type == "function_name"))
            assert name not in found, f"{name} is there twice"
            found[name] = Function(name, node)
        return found

    @property
    def parameters(self) -> dict[str, Node]:
        block = next(child for child in self.root.children if child.type == "param_block")
        found = {}
        for one in every(block, "script_parameter"):
            variable = next(child for child in one.children if child.type == "variable")
            found[text(variable).lstrip("$")] = one
        return found

    def commands(self, within: Node | None = None, *, into: bool = True) -> list[Command]:
        return [_command(node) for node in every(within or self.root, "command", into=into)]

    def tables(self, within: Node) -> list[list[str]]:
        """The keys of each hash literal."""
        return [
            [unquoted(text(entry.children[0])).strip() for entry in every(body, "hash_entry") if _owner(entry) == body]
            for body in every(within, "hash_literal_body")
        ]

    def entries(self, name: str) -> dict[str, Node]:
        """The keys and values of the hash literal that a variable of the script is given."""
        for node in every(self.root, "assignment_expression", into=False):
            if text(node.children[0]) == name:
                body = next(every(node, "hash_literal_body"))
                return {
                    unquoted(text(entry.children[0])): entry.children[-1]
                    for entry in every(body, "hash_entry")
                    if _owner(entry) == body
                }
        raise AssertionError(f"no table {name}")

    def strings(self, within: Node | None = None) -> list[str]:
        kinds = ("verbatim_string_characters", "expandable_string_literal", "verbatim_here_string_characters")
        return [unquoted(text(node)) for node in every(within or self.root, *kinds)]

    def members(self) -> list[tuple[str, Node]]:
        """Every static member as "Type::Member" (without System.), every other as ".Member"."""
        found = []
        for node in every(self.root, "member_access", "invokation_expression"):
            owner, name = node.children[0], next(c for c in node.children if c.type == "member_name")
            if owner.type == "type_literal":
                found.append((f"{text(owner).strip('[]').removeprefix('System.')}::{text(name)}", node))
            else:
                found.append((f".{text(name)}", node))
        return found

    def help(self) -> str:
        """The comment on top."""
        return self.text[self.text.index("<#") + 2 : self.text.index("#>")]


def _owner(entry: Node) -> Node | None:
    node = entry.parent
    while node is not None and node.type != "hash_literal_body":
        node = node.parent
    return node


def _command(node: Node) -> Command:
    name = ""
    named: dict[str, str] = {}
    positional = []
    waiting = ""
    for child in node.children:
        if child.type in {"command_name", "command_name_expr"}:
            name = text(child)
        for element in child.children if child.type == "command_elements" else []:
            if element.type == "command_parameter":
                waiting = text(element).lstrip("-").lower()
                named[waiting] = ""
            elif element.type not in {"command_argument_sep", "redirection"}:
                if waiting and not named[waiting]:
                    named[waiting], waiting = text(element), ""
                else:
                    positional.append(text(element))
    return Command(node=node, name=name, named=named, positional=tuple(positional))
