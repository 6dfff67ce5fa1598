"""The API's description, OpenAPI 3.1, made from the wire contract: what protobuf's JSON mapping makes of each message.

Source: https://spec.openapis.org/oas/v3.1.0 and https://protobuf.dev/programming-guides/json/.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from farmsight_collector.version import VERSION
from farmsight_collector.web.api.questions import BASE, EVERY, Question, is_instant
from farmsight_collector.web.api.requests import LONGEST, MOST, named

Json = dict[str, Any]
_WIDE: Final = (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64)
_NARROW: Final = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32)
_REAL: Final = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
_KNOWN: Final[Mapping[str, Json]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
}
_REFUSED: Final = {
    400: "not understood; the text names the parameter",
    401: "nobody is signed in, and no good token was shown",
    403: "not for this caller",
    404: "what is asked about is not here",
    413: "over a bound; the text says which",
    503: "the collector is busy; trying again is right",
}
LINES: Final = "application/x-ndjson"
EVENTS: Final = "text/event-stream"  # where `accept` asks for it
_INSTANT_TEXT: Final = "absolute (2026-11-23T10:00Z; UTC where no zone is said), or relative (-2h, 3d ago)"


@cache
def document() -> Json:
    """Return the OpenAPI document."""
    schemas: dict[str, Json] = {"Refusal": _refusal()}
    paths: dict[str, Json] = {}
    for one in EVERY:
        entry = paths.setdefault(one.path, {})
        if one.got:
            entry["get"] = _operation(one, schemas)
        if one.posted:
            entry["post"] = _posted(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "farmsight collector",
            "version": VERSION,
            "description": "The questions of farmsight, as of any instant. Names and values are those of the wire "
            "contract in protobuf's JSON mapping: 64-bit numbers are strings, times are RFC 3339 in UTC.",
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "farmsight-collector web token --api"},
                "session": {"type": "apiKey", "in": "cookie", "name": "farmsight", "description": "of the web page"},
            },
        },
    }


def _operation(one: Question, schemas: dict[str, Json]) -> Json:
    return {
        "operationId": f"{one.method}{'' if '{farm}' in one.path else 'OfAll'}",
        "summary": one.summary,
        "parameters": [*_path(one), *_asked(one)],
        "responses": _responses(one, schemas),
    }


def _posted(one: Question, schemas: dict[str, Json]) -> Json:
    body = message_schema(one.contract.input_type, schemas, leave_out=("scope", "farm"))
    return {
        "operationId": one.method if one.changes else f"{one.method}ByBody",
        "summary": one.summary,
        "parameters": [*_path(one), *(_scope() if one.scoped else ())],
        **({"security": [{"token": []}]} if one.changes else {}),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {**_responses(one, schemas), "415": _refused("the body is no application/json")},
    }


def _path(one: Question) -> list[Json]:
    if "{farm}" not in one.path:
        return []
    text = "the federation service name"
    return [{"name": "farm", "in": "path", "required": True, "schema": {"type": "string"}, "description": text}]


def _scope() -> list[Json]:
    text = f"the farm as of then: {_INSTANT_TEXT}, or before-first-failure; now where it is left out"
    return [{"name": "at", "in": "query", "schema": {"type": "string", "maxLength": 60}, "description": text}]


def _asked(one: Question) -> list[Json]:
    scope = _scope() if one.scoped else []
    return [*scope, *({"name": field.name, "in": "query", **_parameter(field)} for field in one.parameters)]


def _parameter(field: FieldDescriptor) -> Json:
    if is_instant(field.message_type):
        return {"schema": {"type": "string", "maxLength": 60}, "description": _INSTANT_TEXT}
    if field.enum_type is not None:
        schema: Json = {"type": "string", "enum": list(named(field.enum_type))}
    elif field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        schema = {"type": "boolean"}
    elif field.cpp_type in (*_NARROW, *_WIDE):
        schema = {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}
    else:
        schema = {"type": "string", "maxLength": LONGEST}
    return (
        {"schema": {"type": "array", "items": schema, "maxItems": MOST}, "explode": True}
        if field.is_repeated
        else {"schema": schema}
    )


def _responses(one: Question, schemas: dict[str, Json]) -> Json:
    answer = _reference(one.contract.output_type, schemas)
    good: Json = {"description": "the answer", "content": {"application/json": {"schema": answer}}}
    if one.streamed:
        kinds = (LINES, EVENTS) if one.live else (LINES,)
        good = {
            "description": "an answer a line, as they come",
            "content": {kind: {"schema": answer} for kind in kinds},
        }
    return {"200": good, **{str(status): _refused(text) for status, text in _REFUSED.items()}}


def _refused(text: str) -> Json:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _refusal() -> Json:
    texts = {name: {"type": "string"} for name in ("title", "what", "number")}
    error = {"type": "object", "required": ["status", "title", "what"],
             "properties": {"status": {"type": "integer"}, **texts}}  # fmt: skip
    return {"type": "object", "required": ["error"], "properties": {"error": error}}


def message_schema(message: Descriptor, schemas: dict[str, Json], leave_out: Iterable[str] = ()) -> Json:
    """Return the schema of a message; the messages in it go to `schemas` by their names."""
    fields = [one for one in message.fields if one.name not in set(leave_out)]
    properties = {one.name: _field(one, schemas) for one in fields}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _reference(message: Descriptor, schemas: dict[str, Json]) -> Json:
    if message.full_name in _KNOWN:
        return dict(_KNOWN[message.full_name])
    if message.name not in schemas:
        schemas[message.name] = {}  # its place is taken: messages may hold their own kind
        schemas[message.name] = message_schema(message, schemas)
    return {"$ref": f"#/components/schemas/{message.name}"}


def _field(field: FieldDescriptor, schemas: dict[str, Json]) -> Json:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": _one(message.fields_by_name["value"], schemas)}
    one = _one(field, schemas)
    return {"type": "array", "items": one} if field.is_repeated else one


def _one(field: FieldDescriptor, schemas: dict[str, Json]) -> Json:
    if field.message_type is not None:
        return _reference(field.message_type, schemas)
    if field.enum_type is not None:
        return {"type": "string", "enum": [one.name for one in field.enum_type.values]}
    if field.type == FieldDescriptor.TYPE_BYTES:
        return {"type": "string", "contentEncoding": "base64"}
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return {"type": "boolean"}
    if field.cpp_type in _WIDE:
        return {"type": "string", "pattern": "^-?[0-9]+$"}
    if field.cpp_type in _NARROW:
        return {"type": "integer"}
    if field.cpp_type in _REAL:
        return {"oneOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
    return {"type": "string"}
