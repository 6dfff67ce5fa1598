"""What Windows PowerShell makes of .NET values in JSON, read back.

ConvertTo-Json of version 5.1 turns a list of one into its element, an enum
into its number, a time into `/Date(ms)/`, and wraps what carries notes into
`{"value": ..., "Count": ...}`. Every reader here takes all of these, and
anything else as "not said".
"""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_agent.clock import timestamp
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.normalise.spelling import thumbprint
from farmsight_wire.v1 import facts_pb2

_MAX_TEXT: Final = 1024 * 1024
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DOTNET: Final = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/")
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
_WRAPPERS: Final = ("value", "Value", "AbsoluteUri", "OriginalString", "Name")
_YES: Final = frozenset({"true", "yes", "1", "enabled"})
_NO: Final = frozenset({"false", "no", "0", "disabled"})

Json = Any


def items(value: Json) -> list[Json]:
    """Return a list, whether it came as one, as its only element, wrapped, or as nothing."""
    if isinstance(value, dict) and isinstance(value.get("value"), list):
        value = value["value"]
    if value is None:
        return []
    return [one for one in value if one is not None] if isinstance(value, list) else [value]


def rows(value: Json) -> Iterator[Located]:
    """Yield the objects of a list."""
    return (one for one in items(value) if isinstance(one, Located))


def text(value: Json) -> str:
    """Return a text, number, URI or enum as text; "" for anything else."""
    if isinstance(value, dict):
        value = next((value[name] for name in _WRAPPERS if value.get(name) is not None), None)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        # A lone surrogate, which JSON can carry, can't travel further.
        return value[:_MAX_TEXT].encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return str(value) if isinstance(value, int) and abs(value) < 1 << 64 else ""


def texts(value: Json) -> list[str]:
    """Return a list of texts, without empty ones."""
    return [found for found in (text(one) for one in items(value)) if found]


def number(value: Json, most: int = 0xFFFF_FFFF) -> int | None:
    """Return a whole number from 0 to `most`, or None."""
    if isinstance(value, dict):
        value = value.get("value", value.get("Value"))
    try:
        found = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found <= most else None


def real(value: Json) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e12 else None


def tristate(value: Json) -> facts_pb2.Tristate.ValueType:
    """Return yes or no; "not looked" when the source does not say."""
    word = text(value).strip().lower()
    if word in _YES:
        return facts_pb2.TRISTATE_YES
    return facts_pb2.TRISTATE_NO if word in _NO else facts_pb2.TRISTATE_UNSPECIFIED


def yes_or_no(value: Json) -> bool | None:
    """Return a boolean, or None when the source does not say."""
    found = tristate(value)
    return None if found == facts_pb2.TRISTATE_UNSPECIFIED else found == facts_pb2.TRISTATE_YES


def instant(value: Json) -> Timestamp | None:
    """Return a time; one without a zone is UTC. None when there is none."""
    if isinstance(value, dict):
        value = value.get("value", value.get("DateTime"))
    if not isinstance(value, str):
        return None
    try:
        dotnet = _DOTNET.fullmatch(value.strip())
        if dotnet:
            return timestamp(_EPOCH + timedelta(milliseconds=int(dotnet[1])))
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
        return timestamp(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def raw(value: Json) -> bytes | None:
    """Return bytes that came as base64 (with or without PEM lines) or as a list of numbers."""
    if isinstance(value, str):
        body = re.sub(r"-----[A-Z ]+-----|\s", "", value)
        try:
            return base64.b64decode(body, validate=True) or None
        except (binascii.Error, ValueError):
            return None
    numbers = items(value)
    if numbers and all(type(one) is int and 0 <= one <= 255 for one in numbers):
        return bytes(numbers)
    return None


def certificate(value: Json) -> tuple[bytes | None, str]:
    """Return the DER of a certificate, where the source shows it, and its thumbprint, or ""."""
    if isinstance(value, dict):
        der = raw(value.get("RawData"))
        return (der if looks_like_certificate(der) else None), thumbprint(text(value.get("Thumbprint")))
    der = raw(value)
    return (der if looks_like_certificate(der) else None), ""


def looks_like_certificate(der: bytes | None) -> bool:
    """Tell a certificate that may be broken from bytes that never were one: it is a SEQUENCE."""
    return der is not None and len(der) > 32 and der[0] == 0x30
