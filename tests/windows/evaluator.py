"""Enough of PowerShell to run the script's pure functions, those that only turn values into values.

No PowerShell runs where the tests do. What is not known here raises, so that nothing is passed over in silence.
Arrays are lists, byte arrays bytes, tables dicts, objects `Thing`s; a call gives what its function put out.
"""

import re
from collections.abc import Callable, Mapping

from tree_sitter import Node

from tests.windows.dotnet import (
    CASTS,
    COMPARED,
    ENCODINGS,
    METHODS,
    NOTHING,
    STATIC,
    Thing,
    Value,
    formatted,
    shown,
    spread,
    truth,
    whole,
)
from tests.windows.syntax import Script, bare, every, text


class Left(Exception):  # noqa: N818 - how a block is left, no error
    """A return, break or continue."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Thrown(Exception):  # noqa: N818 - what the script throws
    """A throw, with what was thrown."""


class Evaluator:
    """Runs functions of one script; `stubs` stand for those that would ask the machine."""

    def __init__(self, script: Script, stubs: Mapping[str, Callable[..., Value]] | None = None) -> None:
        self.script = script
        self.stubs = dict(stubs or {})
        self.shared: dict[str, Value] = {}

    def call(self, function: str, **given: Value) -> Value:
        """Return what a function puts out: null, one value, or an array."""
        if function in self.stubs:
            return self.stubs[function](**given)
        one = self.script.functions[function]
        scope: dict[str, Value] = {}
        for parameter in every(one.node, "script_parameter"):
            name = text(next(c for c in parameter.children if c.type == "variable")).lstrip("$").lower()
            kind = next((text(found)[1:-1] for found in every(parameter, "type_literal")), "")
            default = next((c for c in parameter.children if c.type == "script_parameter_default"), None)
            value = self.value(default.children[-1], scope) if default is not None else None
            value = next((held for key, held in given.items() if key.lower() == name), value)
            scope[name] = value if kind not in CASTS or (value is None and kind != "string") else CASTS[kind](value)
        body = next(every(one.node, "script_block_body"))
        return whole(self.block(body, scope))

    def block(self, node: Node, scope: dict[str, Value]) -> list[Value]:
        """Return what the statements put out; a return ends the function, not this block alone."""
        out: list[Value] = []
        try:
            self.run(node, scope, out)
        except Left as left:
            if left.word != "return":
                raise
        return out

    def run(self, node: Node, scope: dict[str, Value], out: list[Value]) -> None:
        node = bare(node)
        handler = getattr(self, f"do_{node.type}", None)
        if handler is not None:
            handler(node, scope, out)
        elif node.type in {"statement_list", "statement_block", "script_block_body", "script_block"}:
            for child in node.named_children:
                self.run(child, scope, out)
        elif node.type not in {"comment", "empty_statement"}:
            out.extend(one for one in spread(self.value(node, scope)) if one is not NOTHING)

    # statements

    def do_if_statement(self, node: Node, scope: dict[str, Value], out: list[Value]) -> None:
        parts = [c for c in node.children if c.is_named and c.type != "comment"]
        if truth(self.value(parts[0], scope)):
            self.run(parts[1], scope, out)
            return
        for clause in (one for part in parts[2:] for one in ([part] if part.type == "else_clause" else part.children)):
            if clause.type == "else_clause":
                self.run(clause.named_children[-1], scope, out)
                return
            held = [c for c in clause.named_children if c.type != "comment"]
            if truth(self.value(held[0], scope)):
                self.run(held[1], scope, out)
                return

    def do_foreach_statement(self, node: Node, scope: dict[str, Value], out: list[Value]) -> None:
        name, listed, body = (c for c in node.named_children if c.type != "comment")
        values = self.value(listed, scope)
        for one in [] if values is None else spread(values):
            scope[text(name).lstrip("$").lower()] = one
            if not self.turn(body, scope, out):
                break

    def do_for_statement(self, node: Node, scope: dict[str, Value], out: list[Value]) -> None:
        part = {c.type: c for c in node.named_children}
        self.run(part["for_initializer"].children[0], scope, [])
        while truth(self.value(part["for_condition"].children[0], scope)):
            if not self.turn(part["statement_block"], scope, out):
                break
            self.run(part["for_iterator"].children[0], scope, [])

    def do_while_statement(self, node: Node, scope: dict[str, Value], out: list[Value]) -> None:
        condition, body = (c for c in node.named_children if c.type != "comment")
        while truth(self.value(condition.named_children[0], scope)) and self.turn(body, scope, out):
            pass

    def turn(self, body: Node, scope: dict[str, Value], out: list[Value]) -> bool:
        """Run one turn of a loop and tell whether it goes on."""
        try:
            self.run(body, scope, out)
        except Left as left:
            if left.word == "return":
                raise
            return left.word == "continue"
        return True

    def do_flow_control_statement(self, node: Node, scope: dict[str, Value], out: list[Value]) -> None:
        word, *rest = node.children
        values = [self.value(one, scope) for one in rest if one.is_named]
        if text(word) == "throw":
            raise Thrown(*values)
        for one in values:
            out.extend(spread(one))
        raise Left(text(word))

    def do_assignment_expression(self, node: Node, scope: dict[str, Value], _out: list[Value]) -> None:
        left, sign, right = bare(node.children[0]), text(node.children[1]), self.value(node.children[-1], scope)
        if sign == "+=":
            right = COMPARED["+"](self.value(left, scope), right)
        if left.type == "variable":
            self.place(scope, left)[self.named(left)] = right
        else:
            owner, key = self.value(left.children[0], scope), left.named_children[-1]
            owner[text(key) if left.type == "member_access" else self.value(key, scope)] = right

    def do_post_increment_expression(self, node: Node, scope: dict[str, Value], _out: list[Value]) -> None:
        scope[self.named(node.children[0])] += 1

    # values

    def named(self, node: Node) -> str:
        return text(node).lstrip("$").lower().removeprefix("script:")

    def place(self, scope: dict[str, Value], node: Node) -> dict[str, Value]:
        return self.shared if "script:" in text(node).lower() else scope

    def value(self, node: Node, scope: dict[str, Value]) -> Value:
        node = bare(node)
        handler = getattr(self, f"see_{node.type}", None)
        if handler is None:
            raise NotImplementedError(f"{node.type}: {text(node)[:80]}")
        return handler(node, scope)

    def see_variable(self, node: Node, scope: dict[str, Value]) -> Value:
        name = self.named(node)
        constants = {"true": True, "false": False, "null": None}
        if name in constants:
            return constants[name]
        if name in scope or name in self.shared:
            return scope.get(name, self.shared.get(name))
        raise NotImplementedError(f"no value for {text(node)}")

    def see_type_literal(self, node: Node, _scope: dict[str, Value]) -> Value:
        return text(node)[1:-1]

    def see_integer_literal(self, node: Node, _scope: dict[str, Value]) -> Value:
        return int(text(node), 0)

    def see_real_literal(self, node: Node, _scope: dict[str, Value]) -> Value:
        return float(text(node))

    def see_string_literal(self, node: Node, scope: dict[str, Value]) -> Value:
        held = node.children[0]
        if held.type != "verbatim_string_characters" and any(c.type == "variable" for c in held.children):
            raise NotImplementedError(text(node))
        return text(node)[1:-1].replace("''", "'")

    def see_parenthesized_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        return self.value(node.named_children[0], scope)

    def see_array_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        out: list[Value] = []
        for child in node.named_children:
            self.run(child, scope, out)
        return out

    def see_array_literal_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        return [self.value(one, scope) for one in node.named_children]

    def see_hash_literal_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        found = {}
        for entry in (one for body in node.named_children for one in body.named_children if one.type == "hash_entry"):
            key = text(entry.children[0]).strip("'")
            found[key] = self.value([c for c in entry.named_children if c.type != "comment"][-1], scope)
        return found

    def see_cast_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        return CASTS[text(node.children[0])[1:-1].lower()](self.value(node.children[-1], scope))

    def see_expression_with_unary_operator(self, node: Node, scope: dict[str, Value]) -> Value:
        if node.children[0].type == "cast_expression":
            return self.value(node.children[0], scope)
        sign, held = text(node.children[0]).lower(), self.value(node.children[-1], scope)
        return {"-not": lambda: not truth(held), ",": lambda: [held], "-": lambda: -held}[sign]()

    def see_member_access(self, node: Node, scope: dict[str, Value]) -> Value:
        name = text(node.named_children[-1])
        if node.children[0].type == "type_literal":
            return f"{text(node.children[0])[1:-1]}::{name}"
        held = self.value(node.children[0], scope)
        if isinstance(held, Thing) and name in held:
            return held[name]
        if name in {"Length", "Count"}:
            return len(held)
        if name == "Keys":
            return list(held)
        if name == "Year":
            return held.year
        return held[name] if isinstance(held, dict) else None

    def see_element_access(self, node: Node, scope: dict[str, Value]) -> Value:
        held, key = (self.value(one, scope) for one in node.named_children)
        if isinstance(held, dict):
            return held.get(key)
        return held[key] if held is not None and -len(held) <= key < len(held) else None

    def see_invokation_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        owner, method = node.children[0], text(next(c for c in node.children if c.type == "member_name"))
        lists = [one for one in node.children[-1].children if one.type == "argument_expression_list"]
        given = [self.value(argument, scope) for one in lists for argument in one.named_children]
        if owner.type == "type_literal":
            name = f"{text(owner)[1:-1]}::{method}"
            return self.stubs.get(name, STATIC.get(name))(*given)
        held = self.value(owner, scope)
        if method == "GetString":
            data, at, size = given if len(given) == 3 else (*given, 0, len(given[0]))
            return bytes(data[at : at + size]).decode(ENCODINGS[held], "replace")
        return METHODS[method](held, *given)

    def binary(self, node: Node, scope: dict[str, Value]) -> Value:
        left, sign, right = node.children
        word = text(sign).lower()
        first = self.value(left, scope)
        if (word == "-and" and not truth(first)) or (word == "-or" and truth(first)):
            return word == "-or"
        second = self.value(right, scope)
        if word == "-f":
            return formatted(first, second)
        if word in {"-match", "-notmatch"}:
            found = re.search(second, shown(first), re.IGNORECASE)
            if found:
                scope["matches"] = dict(enumerate((found[0], *found.groups())))
            return bool(found) is (word == "-match")
        return COMPARED[word](first, second)

    see_comparison_expression = see_logical_expression = see_additive_expression = binary
    see_multiplicative_expression = see_bitwise_expression = see_format_expression = binary
    see_comparison_argument_expression = see_logical_argument_expression = see_additive_argument_expression = binary
    see_multiplicative_argument_expression = see_bitwise_argument_expression = see_format_argument_expression = binary

    def see_command(self, node: Node, scope: dict[str, Value]) -> Value:
        name, given, alone, waiting = text(node.children[0]), {}, [], ""
        for element in node.children[-1].children if len(node.children) > 1 else []:
            if element.type == "command_parameter":
                waiting = text(element).lstrip("-")
                given[waiting] = True
            elif element.type != "command_argument_sep":
                value = text(element) if element.type == "generic_token" else self.value(element, scope)
                if waiting:
                    given[waiting], waiting = value, ""
                else:
                    alone.append(value)
        if name == "New-Object" and alone[0] == "byte[]":
            return bytearray(alone[1])
        if alone or (name not in self.script.functions and name not in self.stubs):
            raise NotImplementedError(text(node))
        return self.call(name, **given)
