"""Facts over time, as rows and as JSON."""

from typing import Any

from google.protobuf.json_format import MessageToDict

from farmsight_collector.cli.findings_output import instant
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES, KIND_BY_NAME


def row(interval: query_pb2.FactInterval) -> tuple[str, str, str, str, str, str]:
    """Return began, ended, server, kind with context, key, and the fact in words."""
    context = CONTEXT_NAMES[interval.context]
    kind = f"{interval.kind} as {context}" if context else interval.kind
    return (
        instant(interval.began) or "",
        instant(interval.ended) or "still so",
        interval.server,
        kind,
        interval.key,
        interval.text,
    )


HEADS = ("began", "ended", "server", "kind", "key", "what")


def as_json(interval: query_pb2.FactInterval) -> dict[str, Any]:
    """Return an interval for programs: the fact's value and the proof of who asked as protobuf JSON, and its source."""
    field = KIND_BY_NAME[interval.kind].field if interval.kind in KIND_BY_NAME else ""
    value = getattr(interval.fact, field, None) if field else None
    return {
        "server": interval.server,
        "kind": interval.kind,
        "context": CONTEXT_NAMES[interval.context],
        "key": interval.key,
        "began": instant(interval.began),
        "ended": instant(interval.ended),
        "text": interval.text,
        "asked_by": MessageToDict(interval.fact.asked_by) if interval.fact.HasField("asked_by") else None,
        "source": interval.fact.source or None,
        "value": MessageToDict(value) if value is not None else None,
    }
