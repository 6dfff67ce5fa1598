"""What was asked over HTTP as a request of the wire contract; whatever does not fit is refused by its name."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from farmsight_collector import instants
from farmsight_collector.clock import timestamp
from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.web.api.questions import Question

LONGEST: Final = 500  # characters of one value: a whole address must fit into a server's bounds
MOST: Final = 50  # values
_BOOLS: Final = {"true": True, "1": True, "false": False, "0": False}
_BITS: Final = {FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1), FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
                FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1)}  # fmt: skip


def by_parameters(question: Question, pairs: Iterable[tuple[str, str]], now: datetime) -> Message:
    """Return the request that parameters say; raises InvalidRequestError. `at` and `of` are the caller's business."""
    request = GetMessageClass(question.contract.input_type)()
    fields = {one.name: one for one in question.parameters}
    seen: set[str] = set()
    for count, (name, text) in enumerate(pairs):
        field = fields.get(name)
        if field is None or count >= MOST:
            known = ", ".join((*(["at"] if question.scoped else []), *fields)) or "none"
            raise InvalidRequestError(f"{name[:60]}: there is no such parameter; there is: {known}")
        if name in seen and not field.is_repeated:
            raise InvalidRequestError(f"{name}: given more than once")
        seen.add(name)
        value = _value(field, text[: LONGEST + 1], now)
        if isinstance(value, Message):
            getattr(request, name).CopyFrom(value)
        elif field.is_repeated:
            getattr(request, name).append(value)
        else:
            setattr(request, name, value)
    return request


def by_body(question: Question, body: bytes) -> Message:
    """Return the request that a JSON document says (the protobuf JSON mapping); raises InvalidRequestError."""
    request = GetMessageClass(question.contract.input_type)()
    try:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise InvalidRequestError("the body: a JSON object is expected")
        for name in {"scope", "farm"} & document.keys():
            raise InvalidRequestError(f"{name}: the farm stands in the path, the instant in the parameter `at`")
        return json_format.ParseDict(document, request)
    except (ValueError, RecursionError, json_format.ParseError) as error:
        raise InvalidRequestError(f"the body: {str(error)[:300]}") from error


def named(enum: EnumDescriptor) -> Mapping[str, int]:
    """Return the values of an enumeration by the names that people type: `error` for SEVERITY_ERROR."""
    shared = enum.values[0].name.removesuffix("UNSPECIFIED")
    return {one.name.removeprefix(shared).lower().replace("_", "-"): one.number for one in enum.values[1:]}


def _value(field: FieldDescriptor, text: str, now: datetime) -> Any:  # noqa: ANN401 - by the field's type
    if len(text) > LONGEST or "\0" in text:
        raise InvalidRequestError(f"{field.name}: at most {LONGEST} characters, and no NUL")
    if field.message_type is not None:
        return timestamp(instant(field.name, text, now))
    if field.enum_type is not None:
        known = named(field.enum_type)
        if text not in known:
            raise InvalidRequestError(f"{field.name}: one of {', '.join(known)}")
        return known[text]
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        if text not in _BOOLS:
            raise InvalidRequestError(f"{field.name}: true or false")
        return _BOOLS[text]
    if field.cpp_type in _BITS:
        return _number(field.name, text, *_BITS[field.cpp_type])
    return text


def _number(name: str, text: str, least: int, most: int) -> int:
    if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 21 and least <= int(text) <= most:
        return int(text)
    raise InvalidRequestError(f"{name}: a whole number from {least} to {most}")


def instant(name: str, text: str, now: datetime) -> datetime:
    """Return an instant, absolute or relative; raises InvalidRequestError."""
    try:
        return instants.parse(text, now, UTC)
    except ValueError as error:
        raise InvalidRequestError(f"{name}: {error}") from error
