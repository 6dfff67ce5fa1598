"""What Export-Clixml writes (MS-PSRP 2.2.5), as the values that JSON would have.

Read as hostile input: a document type, and with it every entity of its own,
is refused, and depth and number of elements are bounded. What lies deeper
than the export went is shown by its type's name, and is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from farmsight_agent.hosts.evidence.answers import failed
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents.depth import is_type_name
from farmsight_agent.hosts.evidence.documents.excerpts import Row

_OPENED: Final = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<Objs\s[^>]{0,300}>", re.IGNORECASE)
_DEEPEST: Final = 64
_MOST: Final = 500_000
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBERS: Final = frozenset({"By", "SB", "U16", "I16", "U32", "I32", "U64", "I64"})
_LISTS: Final = frozenset({"LST", "IE", "QUE", "STK"})
_OWN: Final = frozenset({"Props", "MS"})


@dataclass
class _Node:
    tag: str
    name: str
    line: int
    ref: str = ""
    text: list[str] = field(default_factory=list)
    inner: "list[_Node]" = field(default_factory=list)

    def child(self, *tags: str) -> "_Node | None":
        return next((one for one in self.inner if one.tag in tags), None)


def is_clixml(text: Text) -> bool:
    """Tell such a document by how it begins."""
    return _OPENED.match(text.text[:1000].lstrip("\ufeff")) is not None


def rows(text: Text) -> list[Row]:
    """Return the objects of a document with their properties; raises FailedError where it is damaged or hostile."""
    tree = _Tree(text)
    return [row for one in tree.root.inner for row in tree.objects(one)]


class _Tree:
    """A document as nodes, and its objects by their numbers."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self.root = _Node("", "", 1)
        self._open = [self.root]
        self._by_ref: dict[str, _Node] = {}
        self._read: dict[str, Any] = {}
        self._referring = False
        self._count = 0
        from xml.parsers import expat  # noqa: PLC0415 - few files need it, and an agent's memory is bounded

        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = lambda tag, given: self._begin(tag, given, parser.CurrentLineNumber)
        parser.EndElementHandler = lambda _tag: self._open.pop()
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(re.sub(r"\A\s*<\?xml[^>]{0,200}\?>", "", text.text.lstrip("\ufeff")), True)
        except expat.ExpatError as error:
            raise failed(self._text, error.lineno, "truncated", "XML without its end, or damaged") from error
        self.root = self.root.child("Objs") or self.root

    def objects(self, node: _Node) -> Iterator[Row]:
        """Yield the objects that a top-level element is or lists."""
        listed = node.child(*_LISTS)
        if listed is not None:
            for one in listed.inner:
                yield from self.objects(one)
            return
        properties = self._properties(node, 0)
        if properties:
            yield Row.of(properties, self._text.at(node.line))

    def _begin(self, tag: str, given: dict[str, str], line: int) -> None:
        self._count += 1
        if len(self._open) > _DEEPEST or self._count > _MOST:
            raise failed(self._text, line, "too-large", "more, or deeper, than any cmdlet's answer")
        node = _Node(tag, _unescaped(given.get("N", "")), line, ref=given.get("RefId", ""))
        self._open[-1].inner.append(node)
        self._open.append(node)
        if tag == "Obj" and node.ref:
            self._by_ref[node.ref] = node

    def _characters(self, data: str) -> None:
        self._open[-1].text.append(data)

    def _refuse(self, *_given: object) -> None:
        raise failed(self._text, 1, "not-understood", "a document type, which no export has")

    def _properties(self, node: _Node, depth: int) -> dict[str, Any]:
        held = (one for part in node.inner if part.tag in _OWN for one in part.inner if one.name)
        read = ((one.name, self._value(one, depth + 1)) for one in held)
        return {name: value for name, value in read if not (isinstance(value, str) and is_type_name(value))}

    def _value(self, node: _Node, depth: int) -> Any:  # noqa: ANN401 - JSON
        text = _unescaped("".join(node.text))
        if node.tag == "Nil" or depth > _DEEPEST:
            return None
        if node.tag == "B":
            return text.strip().lower() == "true"
        if node.tag in _NUMBERS:
            return int(text) if re.fullmatch(r"-?[0-9]{1,20}", text.strip()) else text
        if node.tag == "Ref":
            return self._referred(node.ref, depth)
        return self._object(node, depth) if node.tag == "Obj" else text

    def _referred(self, ref: str, depth: int) -> Any:  # noqa: ANN401 - JSON
        """Return the object that has this number; one that refers to others has nothing there: no answer needs it."""
        if self._referring:
            return None
        if ref not in self._read:
            known = self._by_ref.get(ref)
            self._referring = True
            self._read[ref] = self._object(known, depth + 1) if known is not None else None
            self._referring = False
        return self._read[ref]

    def _object(self, node: _Node, depth: int) -> Any:  # noqa: ANN401 - JSON
        listed = node.child(*_LISTS)
        if listed is not None:
            return [self._value(one, depth + 1) for one in listed.inner]
        shown = node.child("ToString")
        alone = next((one for one in node.inner if one.tag in _NUMBERS or one.tag in {"S", "B", "DT"}), None)
        if alone is not None and shown is None:
            return self._value(alone, depth + 1)
        if alone is None and (properties := self._properties(node, depth)):
            return Row.of(properties, self._text.at(node.line))
        return _unescaped("".join(shown.text)) if shown is not None else None  # an enumeration by its name


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
