"""The evaluator with what the scripts of a deployment use besides: texts with values in them, tables handed on."""

from tree_sitter import Node

from tests.windows.dotnet import NOTHING, Thing, Value, shown, spread, whole
from tests.windows.evaluator import Evaluator
from tests.windows.syntax import bare, every, text


def named(held: Value, name: str) -> Value:
    """What a member of a table or an object is; null where it has none, in any letters."""
    return next((value for key, value in held.items() if key.lower() == name.lower()), None)


class Deploying(Evaluator):
    """Runs the functions that decide and tell; those that ask Windows or the network are stubs."""

    def see_string_literal(self, node: Node, scope: dict[str, Value]) -> Value:
        held = node.children[0]
        parts = [child for child in held.children if child.type in {"variable", "sub_expression"}]
        if held.type == "verbatim_string_characters" or not parts:
            return text(node)[1:-1].replace("''", "'")
        said, at = "", held.start_byte + 1
        for part in parts:
            said += self.script.bytes[at : part.start_byte].decode() + shown(self.value(part, scope))
            at = part.end_byte
        return said + self.script.bytes[at : held.end_byte - 1].decode()

    def see_sub_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        out: list[Value] = []
        for child in node.named_children:
            self.run(child, scope, out)
        return whole(out)

    def see_member_access(self, node: Node, scope: dict[str, Value]) -> Value:
        name = text(node.named_children[-1])
        if name.startswith("$"):
            name = shown(scope[name[1:].lower()])
        held = self.value(node.children[0], scope) if node.children[0].type != "type_literal" else None
        if isinstance(held, dict) and name == "Values":
            return list(held.values())
        if isinstance(held, dict) and name not in {"Count", "Keys"}:
            return named(held, name)
        return super().see_member_access(node, scope)

    def see_element_access(self, node: Node, scope: dict[str, Value]) -> Value:
        held, key = (self.value(one, scope) for one in node.named_children)
        return named(held, key) if isinstance(held, dict) else held[key]

    def see_invokation_expression(self, node: Node, scope: dict[str, Value]) -> Value:
        method = text(next(c for c in node.children if c.type == "member_name"))
        if method in self.stubs:
            lists = [one for one in node.children[-1].children if one.type == "argument_expression_list"]
            return self.stubs[method](*(self.value(one, scope) for held in lists for one in held.named_children))
        return super().see_invokation_expression(node, scope)

    def binary(self, node: Node, scope: dict[str, Value]) -> Value:
        left, sign, right = node.children
        if text(sign) in {"-is", "-isnot"} and text(right) == "[hashtable]":
            held = self.value(left, scope)
            table = isinstance(held, dict) and not isinstance(held, Thing)
            return table is (text(sign) == "-is")
        return super().binary(node, scope)

    # Looked up on the class when a node is read: the names of the first evaluator would still mean its own method.
    see_comparison_expression = see_logical_expression = see_additive_expression = binary

    def do_assignment_expression(self, node: Node, scope: dict[str, Value], out: list[Value]) -> None:
        left = bare(node.children[0])
        if left.type == "element_access" and text(node.children[1]) == "=":
            owner, key = (self.value(one, scope) for one in left.named_children)
            owner[key] = self.value(node.children[-1], scope)
        else:
            super().do_assignment_expression(node, scope, out)

    def see_command(self, node: Node, scope: dict[str, Value]) -> Value:
        name, given, waiting = text(node.children[0]), {}, ""
        for element in node.children[-1].children if len(node.children) > 1 else []:
            if element.type == "command_parameter":
                waiting = text(element).lstrip("-")
                given[waiting] = True
            elif text(element).startswith("@") and bare(element).type == "variable":
                given.update(scope[text(element)[1:].lower()])
            elif element.type != "command_argument_sep":
                value = text(element) if element.type == "generic_token" else self.value(element, scope)
                if not waiting:
                    raise NotImplementedError(text(node))
                given[waiting], waiting = value, ""
        if name not in self.script.functions and name not in self.stubs:
            raise NotImplementedError(text(node))
        return self.call(name, **given)


class Switch(dict[str, Value]):
    """A switch of the command line, given or not."""

    def __init__(self, *, given: bool) -> None:
        super().__init__(IsPresent=given)

    def __bool__(self) -> bool:
        return bool(self["IsPresent"])


def results(found: Value) -> list[Thing]:
    """What a function wrote out, one by one."""
    return [one for one in spread(found) if one is not None and one is not NOTHING]


def parameter_defaults(script: object) -> dict[str, str]:
    """The default of each parameter of a script, as it is written."""
    found = {}
    for name, node in script.parameters.items():  # type: ignore[attr-defined]
        default = next(iter(every(node, "script_parameter_default")), None)
        found[name] = "" if default is None else text(default).lstrip("= ")
    return found
