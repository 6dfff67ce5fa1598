"""An event record from its XML, which no language changes; its text for people is never asked for.

Source: the event schema, learn.microsoft.com/windows/win32/wes/eventschema-schema. Any program may write into a log:
the XML is hostile, so a document type is refused (and with it every entity), and size, depth and number are bounded.
"""

import re
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from farmsight_agent.clock import timestamp
from farmsight_wire.v1 import facts_pb2

MAX_CHARACTERS: Final = 1_000_000  # a record's own limit is 64 KiB; its XML is a few times that
MAX_ELEMENTS: Final = 5000
MAX_DEPTH: Final = 50
MAX_VALUES: Final = 100
MAX_NAME: Final = 200
MAX_VALUE: Final = 2000

_HOLDERS: Final = frozenset({"EventData", "UserData"})
# Records hold characters that XML has no place for; the log service writes them as they are, or as numbers.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE: Final = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z?")


class EventError(ValueError):
    """The XML is no event record."""


def record(xml: str) -> facts_pb2.EventRecord:
    """Return an event record; raises EventError."""
    root = _parsed(xml)
    system = _child(root, "System")
    if system is None:
        raise EventError("no System element")
    found = facts_pb2.EventRecord(
        log=_text(system, "Channel")[:MAX_NAME],
        provider=_attribute(system, "Provider", "Name")[:MAX_NAME],
        event_id=_number(_text(system, "EventID"), 0xFFFFFFFF),
        record=_number(_text(system, "EventRecordID"), (1 << 63) - 1),
        level=_number(_text(system, "Level") or "0", 255),
        data=dict(_data(root)),
    )
    at = _instant(_attribute(system, "TimeCreated", "SystemTime"))
    if at is not None:
        found.at.CopyFrom(timestamp(at))
    return found


def _parsed(xml: str) -> Element:
    if len(xml) > MAX_CHARACTERS:
        raise EventError(f"{len(xml)} characters")
    text = _REFERENCE.sub(_allowed, _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", xml))
    builder = TreeBuilder()
    counted = _Bounds()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        counted.enter()
        builder.start(name, attributes)

    def end(name: str) -> None:
        counted.leave()
        builder.end(name)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode(), True)
        return builder.close()
    except (expat.ExpatError, AssertionError) as error:
        raise EventError(str(error)) from error


class _Bounds:
    """How deep and how many elements."""

    def __init__(self) -> None:
        self._depth = self._count = 0

    def enter(self) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise EventError("too deep, or too many elements")

    def leave(self) -> None:
        self._depth -= 1


def _refuse_doctype(*_declared: object) -> None:
    raise EventError("a document type")


def _allowed(match: re.Match[str]) -> str:
    """Return a character reference that XML allows as it is, another one as U+FFFD."""
    code = int(match[1], 16) if match[1] else int(match[2])
    wrong = code > 0x10FFFF or _FORBIDDEN.match(chr(code)) is not None
    return "\N{REPLACEMENT CHARACTER}" if wrong else match[0]


def _data(root: Element) -> list[tuple[str, str]]:
    """Return the record's own values by name, as the collection script names them.

    An element without children is a value, named by its Name or its own
    name, and by its number where neither tells (`Data`); an attribute is a
    value named element.attribute; a name seen before gets `#2`, `#3`.
    """
    found: dict[str, str] = {}
    numbered = 0
    for element in _inside(root, within=False):
        name = element.get("Name") or _local(element.tag)
        if len(element) == 0 and element.text and element.text.strip():
            if name == "Data":
                name, numbered = str(numbered), numbered + 1
            _add(found, name, element.text)
        for attribute, value in element.attrib.items():
            if _local(attribute) != "Name":
                _add(found, f"{_local(element.tag)}.{_local(attribute)}", value)
    return list(found.items())


def _inside(element: Element, *, within: bool) -> list[Element]:
    """Return the elements below EventData and UserData, in order."""
    found = []
    for child in element:
        if within:
            found.append(child)
        found += _inside(child, within=within or _local(child.tag) in _HOLDERS)
    return found


def _add(found: dict[str, str], name: str, value: str) -> None:
    if len(found) >= MAX_VALUES:
        return
    short = free = name[:MAX_NAME]
    number = 2
    while free in found:
        free = f"{short}#{number}"
        number += 1
    found[free] = value[:MAX_VALUE]


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _local(child.tag) == name), None)


def _text(system: Element, name: str) -> str:
    child = _child(system, name)
    return (child.text or "").strip() if child is not None else ""


def _attribute(system: Element, element: str, name: str) -> str:
    child = _child(system, element)
    return child.get(name, "") if child is not None else ""


def _number(text: str, most: int) -> int:
    if not re.fullmatch("[0-9]{1,19}", text) or int(text) > most:
        raise EventError(f"not a number: {text[:40]!r}")
    return int(text)


def _instant(text: str) -> datetime | None:
    """Return a time of the schema, UTC with up to nine digits of a second; None for anything else."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match[1] + (match[2] or "")).replace(tzinfo=UTC)
    except ValueError:
        return None
